"""What holds before any test is read.

Every annotation of llm_core is checked while the tests run, the shapes of arrays (``Float32[np.ndarray, "head query
key"]``) as well as plain types: before llm_core is imported, an import hook of jaxtyping is installed that has beartype
look at the arguments and the result of each call, and at the fields of each dataclass. An annotation that lies, or code
that breaks its promise, raises ``jaxtyping.TypeCheckError``. Programs that a test starts are not checked. The app has
no such hook, and a visitor who hands over a wrong type meets the checks written in llm_core: a test of those asks for
the fixture ``unchecked_types``.
"""

import os

from jaxtyping import install_import_hook

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# Read by torch and numpy when they are imported, and by every process that a test starts.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# With the numeric tower a whole number may stand for a float, as it may for mypy.
install_import_hook("llm_core", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")

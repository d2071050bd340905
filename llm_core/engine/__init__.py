"""Work on models as data: a task names one function of the library, an engine has it done, here or elsewhere."""

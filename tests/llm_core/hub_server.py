"""As much of the hub as loading a model needs, on this machine: ``python hub_server.py FOLDER``.

Serves each sub-folder ``org/name`` as a model; prints the port it listens on.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BASE = Path(sys.argv[1])


class Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.answer(with_body=False)

    def do_GET(self):
        self.answer(with_body=True)

    def answer(self, with_body):
        path = unquote(self.path.split("?")[0]).strip("/")
        if path.startswith(("api/models/hanging/", "hanging/")):
            time.sleep(60)
        if path.startswith("api/models/"):
            self.describe("/".join(path.split("/")[2:4]), with_body)
        else:
            organisation, name, _, _, file = path.split("/", 4)
            self.send_file(BASE / organisation / name / file, with_body)

    def describe(self, name, with_body):
        if not (BASE / name).is_dir():
            return self.send(404, b'{"error": "Repository not found"}', with_body, {"X-Error-Code": "RepoNotFound"})
        files = [file for file in sorted((BASE / name).iterdir()) if file.is_file()]
        siblings = [{"rfilename": file.name, "size": file.stat().st_size, "blobId": "0" * 40} for file in files]
        model = {"_id": "1", "id": name, "modelId": name, "sha": COMMIT, "siblings": siblings, "tags": []}
        model |= {"private": False, "downloads": 0, "likes": 0}
        return self.send(200, json.dumps(model).encode(), with_body, {"Content-Type": "application/json"})

    def send_file(self, file, with_body):
        if not file.is_file():
            return self.send(404, b"", with_body, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
        data = file.read_bytes()
        headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if wanted := self.headers.get("Range"):
            start, _, end = wanted.removeprefix("bytes=").partition("-")
            part = data[int(start) : int(end) + 1 if end else None]
            headers["Content-Range"] = f"bytes {start}-{int(start) + len(part) - 1}/{len(data)}"
            return self.send(206, part, with_body, headers)
        return self.send(200, data, with_body, headers)

    def send(self, status, data, with_body, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if with_body:
            self.wfile.write(data)

    def log_message(self, *arguments):
        """Say nothing."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
server.daemon_threads = True
print(server.server_port, flush=True)
server.serve_forever()

"""A small OpenID provider for tests: discovery, authorization, token, userinfo and keys, on a port of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "xiancheng-site", "shared-secret-of-the-test"


class IdentityService:
    """Logs everybody in as `person`, without asking."""

    def __init__(self) -> None:
        self.person = "wang"
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.codes: dict[str, dict[str, str]] = {}
        self.refuse = False
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.answer(self, urlsplit(self.path), "")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                service.answer(self, urlsplit(self.path), body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, url, body: str) -> None:
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if url.path == "/.well-known/openid-configuration":
            content = {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "userinfo_endpoint": f"{self.address}/userinfo",
                "jwks_uri": f"{self.address}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        elif url.path == "/authorize":
            code = f"code-{len(self.codes)}"
            self.codes[code] = query
            back = {"error": "access_denied"} if self.refuse else {"code": code}
            request.send_response(302)
            request.send_header("Location", f"{query['redirect_uri']}?{urlencode({**back, 'state': query['state']})}")
            request.end_headers()
            return
        elif url.path == "/token":
            content = self.token(form)
        elif url.path == "/userinfo" and request.headers.get("Authorization") == f"Bearer access-{self.person}":
            content = {"sub": f"id-{self.person}", "preferred_username": self.person, "name": self.person}
        elif url.path == "/keys":
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            content = {"keys": [{**key, "kid": "k1", "alg": "RS256", "use": "sig"}]}
        else:
            content = None
        request.send_response(200 if content else 400)
        request.send_header("Content-Type", "application/json")
        request.end_headers()
        request.wfile.write(json.dumps(content).encode())

    def token(self, form: dict[str, str]) -> dict[str, object] | None:
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or form.get("client_secret") != SECRET or form.get("client_id") != CLIENT:
            return None
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if proof != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return None
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": f"id-{self.person}",
            "preferred_username": self.person,
            "iat": now,
            "exp": now + 60,
        }
        return {
            "access_token": f"access-{self.person}",
            "token_type": "Bearer",
            "expires_in": 60,
            "id_token": jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "k1"}),
        }

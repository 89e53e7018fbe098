# SPDX-License-Identifier: BSD-2-Clause
"""The client's side of SASL mechanisms, from hashlib and hmac alone: independent of libsasl2 and libgsasl.

Each is a generator of the client's messages, which is sent the server's.  Where the server speaks first, the
first message is None.  It ends when the mechanism has nothing more to say.
"""
import base64
import functools
import hashlib
import hmac
import os
import re
import stringprep
import unicodedata


class Broken(Exception):
    """The server did what no correct server does."""


def start(mech, user, password, service):
    """The generator for mech; service is DIGEST-MD5's, as "imap"."""
    if mech.startswith("SCRAM-"):
        return scram(mech, user, password)
    if mech == "DIGEST-MD5":
        return digest_md5(user, password, service)
    return {"PLAIN": plain, "LOGIN": login, "CRAM-MD5": cram_md5}[mech](user, password)


def plain(user, password):
    yield f"\0{user}\0{password}".encode()


def login(user, password):
    yield None
    yield user.encode()
    yield password.encode()


def cram_md5(user, password):
    challenge = yield None
    yield f"{user} {hmac.new(password.encode(), challenge, 'md5').hexdigest()}".encode()


def digest_md5(user, password, service):
    """RFC 2831, with qop=auth."""
    challenge = (yield None).decode()
    told = {key: quoted or bare for key, quoted, bare in re.findall(r'([a-z]+)=(?:"([^"]*)"|([^",]*))', challenge)}
    cnonce = base64.b64encode(os.urandom(18)).decode()
    uri = service + "/127.0.0.1"

    def md5(text):
        return hashlib.md5(text if isinstance(text, bytes) else text.encode())

    a1 = md5(f"{user}:{told['realm']}:{password}").digest() + f":{told['nonce']}:{cnonce}".encode()

    def response(a2):
        return md5(f"{md5(a1).hexdigest()}:{told['nonce']}:00000001:{cnonce}:auth:{md5(a2).hexdigest()}").hexdigest()

    final = yield (f'charset=utf-8,username="{user}",realm="{told["realm"]}",nonce="{told["nonce"]}",nc=00000001,'
                   f'cnonce="{cnonce}",digest-uri="{uri}",qop=auth,response={response("AUTHENTICATE:" + uri)}').encode()
    if final != b"rspauth=" + response(":" + uri).encode():
        raise Broken("the server does not know the secret")
    yield b""


def prepared(password):
    """SASLprep (RFC 4013), as far as the tests' passwords need it."""
    mapped = "".join(
        " " if stringprep.in_table_c12(c) else c for c in password if not stringprep.in_table_b1(c))
    return unicodedata.normalize("NFKC", mapped).encode()


def attributes(message):
    return dict(part.split("=", 1) for part in message.decode().split(","))


@functools.lru_cache(maxsize=10000)
def salted_password(digest, password, salt, iterations):
    return hashlib.pbkdf2_hmac(digest, prepared(password), salt, iterations)


def scram(mech, user, password):
    """RFC 5802."""
    digest = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}[mech]

    def mac(key, data):
        return hmac.new(key, data.encode(), digest).digest()

    nonce = base64.b64encode(os.urandom(18)).decode()
    name = user.replace("=", "=3D").replace(",", "=2C")
    client_first = f"n={name},r={nonce}"
    server_first = yield f"n,,{client_first}".encode()
    told = attributes(server_first)
    if not told["r"].startswith(nonce) or told["r"] == nonce:
        raise Broken("the nonce is not ours with the server's added")
    salted = salted_password(digest, password, base64.b64decode(told["s"]), int(told["i"]))
    client_key = mac(salted, "Client Key")
    client_final = "c=biws,r=" + told["r"]
    signed = f"{client_first},{server_first.decode()},{client_final}"
    signature = mac(hashlib.new(digest, client_key).digest(), signed)
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(client_key, signature))).decode()
    server_final = yield f"{client_final},p={proof}".encode()
    verifier = base64.b64encode(mac(mac(salted, "Server Key"), signed)).decode()
    if attributes(server_final).get("v") != verifier:
        raise Broken("the server does not know the ServerKey")
    yield b""

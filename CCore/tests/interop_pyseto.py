#!/usr/bin/env python3
"""Tokens both ways between CCore and the public Python package pyseto (H2).

Each round draws a key, a message, a footer and an implicit assertion, of any size up to the limits of
token.h. What one side signs the other must verify, both must sign alike (Ed25519 is deterministic), and
neither may take it with a character changed or under another assertion.

    interop_pyseto.py <token_tool> [--seed N] [--rounds N]
"""

import argparse
import random
import subprocess
import sys

try:
    import pyseto
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from pyseto import Key
except ImportError as missing:
    sys.exit(f"{sys.argv[0]}: {missing}; install the Python package pyseto, or set PYTHON to one that has it")

MAXIMUM_MESSAGE = 2048
MAXIMUM_FOOTER = 512
MAXIMUM_ASSERTION = 1024
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Tool:
    """The C side: one command a line, one answer a line."""

    def __init__(self, path):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([path], stdin=pipe, stdout=pipe, text=True, encoding="ascii")

    def ask(self, *fields):
        self.process.stdin.write(" ".join(fields) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()

    def close(self):
        self.process.stdin.close()
        return self.process.wait(timeout=10)


class Round:
    """One random case, and what each side makes of it."""

    def __init__(self, tool, chance):
        self.tool = tool
        self.chance = chance
        self.seed = chance.randbytes(32)
        # pyseto signs an empty message but verifies none.
        self.message = self.some_bytes(MAXIMUM_MESSAGE, least=1)
        self.footer = self.some_bytes(MAXIMUM_FOOTER)
        self.assertion = self.some_bytes(MAXIMUM_ASSERTION)
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        self.public = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.secret_key = Key.from_asymmetric_key_params(4, d=self.seed)
        self.public_key = Key.from_asymmetric_key_params(4, x=self.public)

    def some_bytes(self, most, least=0):
        """Often as short or as long as may be; else any length."""
        lengths = [least, self.chance.randint(least, 40), most, self.chance.randint(least, most)]
        return self.chance.randbytes(self.chance.choice(lengths))

    def run(self):
        assert self.tool.ask("key", self.seed.hex()) == ["ok", self.public.hex(), self.key_id()], "key"
        ours = self.sign_here()
        theirs = pyseto.encode(self.secret_key, self.message, self.footer, self.assertion).decode()
        assert ours == theirs, "both sign alike"
        assert self.verify_here(theirs, self.assertion) == ["ok", hexed(self.message)], "C verifies Python's"
        assert self.tool.ask("footer", theirs) == ["ok", hexed(self.footer)], "C reads Python's footer"
        decoded = pyseto.decode(self.public_key, ours, implicit_assertion=self.assertion)
        assert (decoded.payload, decoded.footer) == (self.message, self.footer), "Python verifies C's"
        self.refuse(self.altered(ours), self.assertion)
        self.refuse(ours, self.assertion + b"x")

    def key_id(self):
        return self.public_key.to_paserk_id()

    def sign_here(self):
        answer = self.tool.ask(
            "sign", self.seed.hex(), hexed(self.message), hexed(self.footer), hexed(self.assertion)
        )
        assert answer[0] == "ok", f"C signs: {answer}"
        return answer[1]

    def verify_here(self, token, assertion):
        return self.tool.ask("verify", self.public.hex(), token, hexed(self.footer), hexed(assertion))

    def altered(self, token):
        """The token with one character of message or signature changed to another of the alphabet."""
        end = token.find(".", 10)
        at = self.chance.randint(10, (len(token) if end < 0 else end) - 2)
        other = self.chance.choice(ALPHABET.replace(token[at], ""))
        return token[:at] + other + token[at + 1 :]

    def refuse(self, token, assertion):
        if len(assertion) <= MAXIMUM_ASSERTION:
            answer = self.verify_here(token, assertion)
            assert answer == ["refused", "-4"], f"C refuses: {answer}"
        try:
            pyseto.decode(self.public_key, token, implicit_assertion=assertion)
        except (pyseto.VerifyError, ValueError):
            return
        raise AssertionError("Python refuses")


def hexed(data):
    return data.hex() or "-"


def main():
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("tool", help="path of the built token_tool")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--rounds", type=int, default=1000)
    arguments = parser.parse_args()
    seed = random.SystemRandom().getrandbits(32) if arguments.seed is None else arguments.seed
    print(f"seed {seed} (rerun: {sys.argv[0]} {arguments.tool} --seed {seed})")
    chance = random.Random(seed)
    tool = Tool(arguments.tool)
    passed = 0
    failed = 0
    for number in range(arguments.rounds):
        try:
            Round(tool, chance).run()
            passed += 1
        except AssertionError as failure:
            failed += 1
            print(f"  round {number}: does not hold: {failure}")
    if tool.close() != 0:
        failed += 1
        print("  token_tool ended with a failure")
    print(f"{'ok    ' if failed == 0 else 'FAILED'} H2 pyseto and CCore agree both ways on {passed} tokens")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())

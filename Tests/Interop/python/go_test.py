"""grpc-go 1.33 with code that protoc-gen-go generated from the contract: `Tests/Interop/go-grpc`."""

import os
import subprocess
import unittest

from servers import ROOT, Latchkey

CLIENT = ROOT / ".build-go/grpc-client"


class Go(unittest.TestCase):
    def calls(self, *, tls):
        server = Latchkey(tls=tls)
        self.addCleanup(server.stop)
        server.furnish()
        done = subprocess.run(
            [
                CLIENT,
                "-server",
                f"127.0.0.1:{server.endpoint.port}",
                *(["-ca", server.endpoint.authority] if tls else []),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "LATCHKEY_API_KEY": server.api_key},
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(
            done.stdout, r"refused: .*authenticate first.*\nimported: 1\nfollowed to event \d+\n"
        )

    def test_A2_a_program_in_Go_calls_in_plain_text(self):
        self.calls(tls=False)

    def test_A2_a_program_in_Go_calls_over_TLS(self):
        self.calls(tls=True)


if __name__ == "__main__":
    unittest.main()

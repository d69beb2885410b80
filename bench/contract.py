"""How long a contract takes to set, to seal and to verify, and its functions to start: `python -m bench.contract`.

Times depend on the machine, so each also stands as a ratio to what a process takes to make a bare boto3 client,
measured in the same run.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificates

from functions.contracts.render import render
from functions.contracts.seal import Signer, seal
from functions.contracts.verify import verify
from infra.local.certificate import issue_test_chain
from tests.contracts.examples import contract, evidence

STARTS = {
    "a bare boto3 client": "import boto3; boto3.client('dynamodb', region_name='eu-west-3')",
    "start of the portal's function": "import functions.subscriptions.app",
    "start of the function that sets contracts": "import functions.workers.typesetting",
    "start of the function that seals them": "import functions.workers.sealing",
    "start of the function that verifies them": "import functions.verification.app",
}
PROCESSES = 7
RUNS = 50


def main() -> None:
    """Print one line a measure."""
    starts = {name: started(code) for name, code in STARTS.items()}
    base = starts["a bare boto3 client"]
    print(f"{'median':46} {'ms':>8} {'ratio':>7}")
    for name, seconds in (starts | work()).items():
        print(f"{name:46} {seconds * 1000:8.1f} {seconds / base:7.3f}")


def started(code: str) -> float:
    """Seconds that a new process takes for the code, beyond starting Python."""
    timed = f"import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"
    return statistics.median(
        float(subprocess.run([sys.executable, "-c", timed], capture_output=True, check=True).stdout)
        for _ in range(PROCESSES)
    )


def work() -> dict[str, float]:
    """Seconds for each step, in a process that has done it before; the key is at hand, as if KMS took no time."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    public_key = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    chain = load_pem_x509_certificates(issue_test_chain(public_key, "Bench"))
    signer = Signer(tuple(chain), lambda message: key.sign(message, padding.PKCS1v15(), SHA256()))
    read = render(contract("fr"))
    sealed = seal(contract("fr"), evidence(contract("fr"), read), read, signer)

    # Each run has a contract of its own: typst remembers what it has set before.
    def set_one(run: int) -> object:
        return render(contract("fr", number=f"G-{run}"))

    def seal_one(run: int) -> object:
        other = contract("fr", number=f"G-{run}")
        return seal(other, evidence(other, read), read, signer)

    return {
        "set a contract": repeated(set_one),
        "set it as signed and seal it": repeated(seal_one),
        "verify it": repeated(lambda _: verify(sealed, [chain])),
        "refuse 10 MiB that are not ours": repeated(lambda _: verify(bytes(10 * 1024 * 1024), [chain])),
    }


def repeated(step: Callable[[int], object]) -> float:
    """Median seconds of many runs, each given its number."""
    times = []
    for run in range(RUNS):
        began = time.perf_counter()
        step(run)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


if __name__ == "__main__":
    main()

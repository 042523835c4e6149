"""Opens an archive with NVIDIA's own EFF library and prints what it sees as JSON.

    eff_library.py FILE

{"metadata": {...}, "artifacts": {name: {"properties", "size", "sha256"}}}; integers beyond 2^53
are {"$int": text} and bytes {"$bytes": base64}. Everything else JSON can say.
"""

import base64
import hashlib
import json
import sys
import warnings

warnings.simplefilter("ignore")

from eff.callbacks import BinaryContentCallback  # noqa: E402
from eff.core import Archive  # noqa: E402


def plain(value):
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return {"$int": str(value)}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def describe(artifact):
    content = artifact.get_content(content_callback=BinaryContentCallback())
    return {
        "properties": plain(dict(artifact.get_properties())),
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


with Archive.restore_from(restore_path=sys.argv[1]) as archive:
    registry = archive["artifacts"]
    seen = {
        "metadata": plain(dict(archive.metadata.items())),
        "artifacts": {name: describe(registry[name]) for name in registry.keys()},
    }
json.dump(seen, sys.stdout)

"""A step of a ServiceMaker pipeline in Triton's Python backend.

The step itself is JavaScript (bundle.js, beside this file) and runs in V8 by the package
mini-racer. Numbers cross in two byte buffers that both sides see, everything else as JSON.
The same two files serve every step: the parameter `step` of config.pbtxt says which.
"""

import asyncio
import json
import os
import sys
import time
from collections import OrderedDict

import numpy as np
import triton_python_backend_utils as pb_utils

START, END = 1, 2  # TRITONSERVER_REQUEST_FLAG_SEQUENCE_START, _END
ALIGNMENT = 8
MEMORY_LIMIT_BYTES = 1 << 30
NO_ENGINE = """the steps of this repository are JavaScript and need the Python package mini-racer, which is not installed. Three ways out:
(1) install it for the Python of the server: pip install mini-racer==0.14.1 (one line in the image's Dockerfile);
(2) put it beside this model, nothing else changes: pip install --target {folder} mini-racer==0.14.1;
(3) serve the repository by riva-server, which runs the steps itself and needs neither Python nor Triton.
({reason})"""


class TritonPythonModel:
    def initialize(self, args):
        self.folder = os.path.join(args["model_repository"], args["model_version"])
        config = json.loads(args["model_config"])
        self.parameters = {key: value["string_value"] for key, value in config["parameters"].items()}
        batching = config.get("sequence_batching", {})
        self.idle_seconds = 2e-6 * int(batching.get("max_sequence_idle_microseconds") or 1_000_000)
        self.loop = asyncio.new_event_loop()
        self.racer = import_engine(self.folder)
        self.start_engine()

    def start_engine(self):
        async def make():  # on a loop of its own: three times faster than calls from another thread
            return self.racer.MiniRacer()

        self.last_use = OrderedDict()  # sequence -> time of its newest request, oldest first
        self.engine = self.loop.run_until_complete(make())
        self.engine.set_hard_memory_limit(MEMORY_LIMIT_BYTES)
        with open(os.path.join(self.folder, "bundle.js"), encoding="utf-8") as file:
            self.evaluate(file.read() + "\n;0")
        names = [name.strip() for name in self.parameters.get("files", "").split(",") if name.strip()]
        contents = [np.fromfile(os.path.join(self.folder, name), dtype=np.uint8) for name in names]
        self.input, self.output = self.evaluate("steps.inputBuffer(0)"), None
        offsets = self.write(contents)
        files = {n: {"offset": o, "sizeBytes": c.nbytes} for n, o, c in zip(names, offsets, contents)}
        answer = self.call("load", {"step": self.parameters["step"], "parameters": self.parameters, "files": files})
        if "error" in answer:
            raise pb_utils.TritonModelException(answer["error"]["message"])

    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def finalize(self):
        self.input = self.output = None
        self.engine.close()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    def answer(self, request):
        try:
            answer = self.run(request)
        except self.racer.JSOOMException as error:
            self.start_engine()
            return failure("out of memory, all sequences of this model are lost: %s" % error, pb_utils.TritonError.INTERNAL)
        if "error" in answer:
            is_request = answer["error"]["code"] == "INVALID_REQUEST"
            code = pb_utils.TritonError.INVALID_ARG if is_request else pb_utils.TritonError.INTERNAL
            return failure(answer["error"]["message"], code)
        if answer["isNewBuffer"] or self.output is None:
            self.output = self.evaluate("steps.outputBuffer()")
        outputs = [pb_utils.Tensor(name, self.read(wire)) for name, wire in answer["outputs"].items()]
        return pb_utils.InferenceResponse(output_tensors=outputs)

    def run(self, request):
        sequence, flags = repr(request.correlation_id()), request.flags()
        self.forget_idle(sequence, bool(flags & END))
        tensors = [(tensor.name(), tensor.as_numpy()) for tensor in request.inputs()]
        offsets = iter(self.write([data for _, data in tensors if data.dtype != np.object_]))
        inputs = {name: describe(data, offsets) for name, data in tensors}
        message = {"sequence": sequence, "start": bool(flags & START), "end": bool(flags & END), "inputs": inputs}
        return self.call("run", message)

    def forget_idle(self, sequence, is_end):
        """Triton does not tell when it gives a sequence up; after twice its idle time it has."""
        now = time.monotonic()
        self.last_use.pop(sequence, None)
        if not is_end:
            self.last_use[sequence] = now
        while self.last_use and now - next(iter(self.last_use.values())) > self.idle_seconds:
            self.evaluate("steps.forget(%s);0" % json.dumps(self.last_use.popitem(last=False)[0]))

    def write(self, arrays):
        """Puts arrays into the input buffer, one after the other; returns where each lies."""
        offsets, size = [], 0
        for array in arrays:
            offsets.append(size)
            size += -(-array.nbytes // ALIGNMENT) * ALIGNMENT
        if size > len(self.input):
            self.input = self.evaluate("steps.inputBuffer(%d)" % size)
        buffer = np.frombuffer(self.input, dtype=np.uint8)
        for array, offset in zip(arrays, offsets):
            buffer[offset : offset + array.nbytes] = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        return offsets

    def read(self, wire):
        if wire["dtype"] == "string":
            texts = [text.encode("utf-8") for text in wire["strings"]]
            return np.array(texts, dtype=np.object_).reshape(wire["shape"])
        count = int(np.prod(wire["shape"]))
        return np.frombuffer(self.output, wire["dtype"], count, wire["offset"]).reshape(wire["shape"]).copy()

    def call(self, function, message):
        return json.loads(self.evaluate("steps.%s(%s)" % (function, json.dumps(json.dumps(message)))))

    def evaluate(self, script):
        return self.loop.run_until_complete(self.engine.eval_cancelable(script))


def import_engine(folder):
    if os.path.isdir(os.path.join(folder, "py_mini_racer")):
        sys.path.insert(0, folder)
    try:
        import py_mini_racer

        return py_mini_racer
    except Exception as error:  # also a library that does not fit this machine
        raise pb_utils.TritonModelException(NO_ENGINE.format(folder=folder, reason=error))


def describe(data, offsets):
    if data.dtype != np.object_:
        return {"dtype": data.dtype.name, "shape": data.shape, "offset": next(offsets)}
    strings = [text.decode("utf-8", "replace") for text in data.reshape(-1)]
    return {"dtype": "string", "shape": data.shape, "strings": strings}


def failure(message, code):
    return pb_utils.InferenceResponse(error=pb_utils.TritonError(message, code))

"""Sends requests over one gRPC stream of a Triton server and prints what comes back.

    triton_stream.py URL MODEL < requests.json > answers.json

requests.json: a list of {"sequence": int or str, "start": bool, "end": bool, "inputs":
{NAME: {"datatype": "FP32", "shape": [...], "data": [...]}}}; one answer each, in order:
{"outputs": {NAME: {"shape", "data"}}, "ms"} or {"error": str}.
"""

import json
import queue
import sys
import time

import numpy as np
import tritonclient.grpc as grpcclient
from tritonclient.utils import triton_to_np_dtype


def main(url, model):
    answers = queue.Queue()
    client = grpcclient.InferenceServerClient(url)
    client.start_stream(callback=lambda result, error: answers.put((result, error)))
    printed = []
    for request in json.load(sys.stdin):
        inputs = []
        for name, value in request["inputs"].items():
            dtype = triton_to_np_dtype(value["datatype"])
            tensor = grpcclient.InferInput(name, value["shape"], value["datatype"])
            tensor.set_data_from_numpy(np.array(value["data"], dtype=dtype).reshape(value["shape"]))
            inputs.append(tensor)
        started = time.perf_counter()
        client.async_stream_infer(
            model,
            inputs,
            sequence_id=request["sequence"],
            sequence_start=request["start"],
            sequence_end=request["end"],
        )
        result, error = answers.get(timeout=30)
        printed.append(describe(result, error, 1000 * (time.perf_counter() - started)))
    client.stop_stream()
    json.dump(printed, sys.stdout)


def describe(result, error, ms):
    if error is not None:
        return {"error": str(error)}
    outputs = {}
    for output in result.get_response().outputs:
        data = result.as_numpy(output.name)
        values = None if data is None else [text(value) for value in data.reshape(-1).tolist()]
        outputs[output.name] = {"shape": list(output.shape), "data": values}
    return {"outputs": outputs, "ms": ms}


def text(value):
    return value.decode() if isinstance(value, bytes) else value


main(*sys.argv[1:])

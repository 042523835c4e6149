"""The make-believe acoustic model of ctc-stream.ts, for Triton's Python backend."""

import json

import numpy as np
import triton_python_backend_utils as pb_utils

TIMESTEP_SAMPLES, SAMPLE_RATE, BLANK = 320, 8000, 8


class TritonPythonModel:
    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        self.right = round(float(parameters["right_padding_size"]["string_value"]) * SAMPLE_RATE)

    def execute(self, requests):
        return [self.answer(pb_utils.get_input_tensor_by_name(r, "AUDIO_WINDOW").as_numpy()[0]) for r in requests]

    def answer(self, window):
        tokens = []
        for n in range(len(window) // TIMESTEP_SAMPLES + 1):
            start = n * TIMESTEP_SAMPLES
            token = int(round(float(window[start]) * 100)) if start < len(window) else BLANK
            missing = start + TIMESTEP_SAMPLES + self.right - len(window)
            if missing > 0 and token != BLANK:
                token = (token + -(-missing // TIMESTEP_SAMPLES)) % BLANK
            tokens.append(token)
        tokens = np.array([tokens], dtype=np.int32)
        scores = (-(tokens + 1) / 8).astype(np.float32)
        length = np.array([[tokens.shape[1]]], dtype=np.int64)
        outputs = {"TOKENS": tokens, "TOKEN_SCORES": scores, "TOKENS_LENGTH": length}
        return pb_utils.InferenceResponse(output_tensors=[pb_utils.Tensor(k, v) for k, v in outputs.items()])

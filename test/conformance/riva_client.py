"""Drives a server through NVIDIA's own Python client and prints what came back as JSON.

    riva_client.py URI REQUEST.json

REQUEST is a list of calls; the answer is a list of the same length, each {"ok": ...} or
{"error": {"code", "details"}}. The calls use the client library the way its own scripts
(transcribe_file.py, transcribe_file_offline.py, transcribe_mic.py) do.
"""

import io
import json
import sys

import grpc
import riva.client
import riva.client.proto.riva_asr_pb2 as rasr


def recognition_config(options):
    config = riva.client.RecognitionConfig(
        language_code=options.get("language_code", "en-US"),
        model=options.get("model", ""),
        max_alternatives=options.get("max_alternatives", 1),
        enable_automatic_punctuation=options.get("punctuation", False),
        verbatim_transcripts=options.get("verbatim", True),
        enable_word_time_offsets=options.get("word_times", False),
        encoding=options.get("encoding", 0),
        sample_rate_hertz=options.get("sample_rate", 0),
        audio_channel_count=options.get("channels", 0),
    )
    riva.client.add_word_boosting_to_config(config, options.get("boosted", []), 4.0)
    riva.client.add_endpoint_parameters_to_config(
        config,
        *[options.get(name, default) for name, default in [
            ("start_history", 0), ("start_threshold", 0.0), ("stop_history", 0),
            ("stop_history_eou", 0), ("stop_threshold", 0.0), ("stop_threshold_eou", 0.0)]])
    riva.client.add_custom_configuration_to_config(config, options.get("custom_configuration", ""))
    return config


def alternative(item):
    words = [[w.word, w.start_time, w.end_time, w.confidence] for w in item.words]
    return {"transcript": item.transcript, "confidence": item.confidence, "words": words}


def offline(auth, call):
    service = riva.client.ASRService(auth)
    with open(call["audio"], "rb") as file:
        response = service.offline_recognize(file.read(), recognition_config(call))
    printed = io.StringIO()
    stdout, sys.stdout = sys.stdout, printed
    try:
        riva.client.print_offline(response=response)
    finally:
        sys.stdout = stdout
    return {
        "results": [
            {"alternatives": [alternative(a) for a in r.alternatives], "channel_tag": r.channel_tag,
             "audio_processed": r.audio_processed}
            for r in response.results
        ],
        "printed": printed.getvalue(),
    }


def streaming(auth, call):
    service = riva.client.ASRService(auth)
    config = riva.client.StreamingRecognitionConfig(
        config=recognition_config(call), interim_results=call.get("interim", False))
    sent = 0

    def chunks():
        nonlocal sent
        with riva.client.AudioChunkFileIterator(call["audio"], call.get("chunk_frames", 1600), None) as iterator:
            for chunk in iterator:
                sent += 1
                yield chunk

    responses = []
    for response in service.streaming_response_generator(audio_chunks=chunks(), streaming_config=config):
        responses.append([
            {"alternatives": [alternative(a) for a in r.alternatives], "final": r.is_final,
             "stability": r.stability, "audio_processed": r.audio_processed}
            for r in response.results
        ])
    return {"sent": sent, "responses": responses}


def raw_streaming(auth, call):
    """Messages as given, also in an order that the library would not send."""
    stub = riva.client.ASRService(auth).stub
    config = riva.client.StreamingRecognitionConfig(config=recognition_config(call))

    def requests():
        for message in call["messages"]:
            if message == "config":
                yield rasr.StreamingRecognizeRequest(streaming_config=config)
            else:
                yield rasr.StreamingRecognizeRequest(audio_content=bytes.fromhex(message))

    return {"responses": len(list(stub.StreamingRecognize(requests())))}


def raw_offline(auth, call):
    service = riva.client.ASRService(auth)
    response = service.offline_recognize(bytes.fromhex(call["bytes"]), recognition_config(call))
    return {"results": len(response.results)}


def models(auth, call):
    stub = riva.client.ASRService(auth).stub
    request = rasr.RivaSpeechRecognitionConfigRequest(model_name=call.get("model", ""))
    response = stub.GetRivaSpeechRecognitionConfig(request)
    return [[entry.model_name, dict(entry.parameters)] for entry in response.model_config]


CALLS = {"offline": offline, "streaming": streaming, "raw_streaming": raw_streaming, "raw_offline": raw_offline, "models": models}


def main():
    auth = riva.client.Auth(uri=sys.argv[1], options=[("grpc.max_receive_message_length", 1 << 26)])
    with open(sys.argv[2]) as file:
        calls = json.load(file)
    answers = []
    for call in calls:
        try:
            answers.append({"ok": CALLS[call["call"]](auth, call)})
        except grpc.RpcError as error:
            answers.append({"error": {"code": error.code().name, "details": error.details()}})
    json.dump(answers, sys.stdout)


main()

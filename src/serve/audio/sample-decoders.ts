/** The decoders that need no package: WAVE files and headerless samples. */
import { createSampleReader, type SampleReaderOptions } from "../../audio/pcm.ts";
import { createWavReader, type WavHeader } from "../../audio/wav.ts";
import { type AudioDecoder, NO_SAMPLES } from "./decoder.ts";

const SLICE_BYTES = 64 * 1024;

/** `onHeader` may refuse the file once its header is known. */
export function createWavDecoder(onHeader: (header: WavHeader) => void): AudioDecoder {
  const reader = createWavReader();
  let isChecked = false;
  return {
    sliceBytes: SLICE_BYTES,
    get sampleRate() {
      return reader.header?.sampleRate;
    },
    push: (bytes) => {
      const samples = reader.push(bytes);
      if (reader.header !== undefined && !isChecked) {
        isChecked = true;
        onHeader(reader.header);
      }
      return samples;
    },
    finish: () => {
      reader.end();
      return NO_SAMPLES;
    },
    close: () => {},
  };
}

/** Samples without a header, at the rate that the client said. */
export function createRawDecoder(
  options: SampleReaderOptions & { readonly sampleRate: number },
): AudioDecoder {
  const reader = createSampleReader(options);
  return {
    sliceBytes: SLICE_BYTES,
    sampleRate: options.sampleRate,
    push: (bytes) => reader.push(bytes),
    finish: () => NO_SAMPLES,
    close: () => {},
  };
}

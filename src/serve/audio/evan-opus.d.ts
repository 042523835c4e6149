/** The WebAssembly half of the package; its own types are those of the native one. */
declare module "@evan/opus/wasm/index.mjs" {
  export class Encoder {
    constructor(options: {
      readonly channels: 1 | 2;
      readonly sample_rate: number;
      readonly application: "voip" | "audio";
    });
    /** One packet of 16-bit samples that last 2.5, 5, 10, 20, 40 or 60 ms. */
    encode(samples: ArrayBufferView): Uint8Array;
    drop(): void;
  }
}

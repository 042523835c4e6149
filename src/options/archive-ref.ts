/** `path:key`, the form in which every Riva tool takes an archive and the key that opens it. */
export interface ArchiveRef {
  readonly path: string;
  /** undefined: no key. Never print it. */
  readonly key: string | undefined;
}

/**
 * The key is what follows the last colon, unless a `/` follows (then the colon belongs to the
 * path). `path:` means no key, as NVIDIA's scripts write it when their key variable is empty.
 */
export function parseArchiveRef(text: string): ArchiveRef {
  const at = text.lastIndexOf(":");
  if (at <= 0 || text.slice(at + 1).includes("/")) return { path: text, key: undefined };
  const key = text.slice(at + 1);
  return { path: text.slice(0, at), key: key === "" ? undefined : key };
}

/** Finding what is deployed for a language. */

/** What clients that send no language mean. */
export const DEFAULT_LANGUAGE = "en-US";

/** Exact matches, else those of the same base language where one side names no region. */
export function byLanguage<T extends { readonly languageCode: string }>(
  models: readonly T[],
  language: string,
): T[] {
  const wanted = language.toLowerCase();
  const exact = models.filter(({ languageCode }) => languageCode.toLowerCase() === wanted);
  if (exact.length > 0) return exact;
  return models.filter(({ languageCode }) => {
    const code = languageCode.toLowerCase();
    return code === baseLanguage(wanted) || baseLanguage(code) === wanted;
  });
}

const baseLanguage = (code: string): string => code.split(/[-_]/)[0] ?? code;

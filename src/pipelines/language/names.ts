/** Names of the models of language pipelines. */
import { checkModelFolderName } from "../option-checks.ts";

/** What the original calls a model without a domain of its own. */
const DEFAULT_DOMAIN = "default";
const DEFAULT_LANGUAGE = "en-US";

/** `riva_ner` in the default domain, else `riva_ner_<domain>`. @throws ToolError USAGE */
export function withOptionalDomain(name: string, domain: string): string {
  return domain === DEFAULT_DOMAIN ? name : withDomain(name, domain);
}

/** @throws ToolError USAGE for a domain that cannot be part of a folder's name */
export function withDomain(name: string, domain: string): string {
  checkModelFolderName("domain_name", domain);
  return `${name}_${domain}`;
}

/**
 * A step's own name: `<step>_<domain>` and the language if it is not English, so that pipelines of
 * several domains and languages can lie in one repository.
 */
export function stepName(
  step: string,
  { domain, language }: { readonly domain?: string; readonly language: string },
): string {
  const suffix = language === DEFAULT_LANGUAGE ? "" : `-${language}`;
  return `${domain === undefined ? step : `${step}_${domain}`}${suffix}`;
}

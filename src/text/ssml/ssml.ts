/**
 * SSML to a flat list of what to say and how. As in Riva, text that is not XML or has another root
 * than `speak` is no SSML at all and is read as it stands.
 *
 * Supported: speak, p, s, prosody, phoneme, sub, emphasis, break, say-as. Other elements are
 * passed through: their text is spoken, but for those that hold no speech (metadata).
 */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import type { PhoneAlphabet } from "../g2p/g2p.ts";
import {
  DEFAULT_PROSODY,
  parseBreak,
  parsePitch,
  parseRate,
  parseVolume,
  type Prosody,
} from "./prosody.ts";
import { readXml, type XmlElement } from "./xml.ts";

export type Emphasis = "strong" | "moderate" | "none" | "reduced";

interface Manner {
  readonly prosody: Prosody;
  readonly emphasis: Emphasis;
}

export type SsmlSpan =
  | (Manner & { readonly kind: "text"; readonly text: string })
  | (Manner & {
      readonly kind: "say-as";
      readonly text: string;
      readonly interpretAs: string;
      readonly format: string | undefined;
    })
  | (Manner & {
      readonly kind: "phonemes";
      readonly alphabet: PhoneAlphabet;
      readonly phonemes: string;
      /** What the element encloses: for transcripts. */
      readonly text: string;
    })
  | { readonly kind: "pause"; readonly seconds: number }
  /** Between sentences and paragraphs that the document marks. */
  | { readonly kind: "boundary" };

const LEVELS: readonly Emphasis[] = ["strong", "moderate", "none", "reduced"];
const ALPHABETS: Readonly<Record<string, PhoneAlphabet>> = {
  ipa: "ipa",
  "x-arpabet": "arpabet",
  arpabet: "arpabet",
};
/** Elements of SSML whose content is not speech. */
const SILENT = new Set(["metadata", "meta", "lexicon", "lookup", "desc", "mark"]);

/**
 * The spans of the document in order; `undefined` if the text is no SSML.
 * @throws ToolError INVALID_REQUEST for a value out of range or a missing attribute,
 * LIMIT_EXCEEDED for too large a document.
 */
export function parseSsml(text: string): SsmlSpan[] | undefined {
  const root = readXml(text);
  if (root?.name !== "speak") return undefined;
  const spans: SsmlSpan[] = [];
  addChildren(root, { prosody: DEFAULT_PROSODY, emphasis: "none" }, spans);
  return spans;
}

function addChildren(element: XmlElement, manner: Manner, spans: SsmlSpan[]): void {
  for (const child of element.children) {
    if (typeof child === "string") addText(child, manner, spans);
    else withPlace(`<${child.name}>`, () => addElement(child, manner, spans));
  }
}

function addText(text: string, manner: Manner, spans: SsmlSpan[]): void {
  const spoken = text.replace(/\s+/g, " ");
  if (spoken !== "") spans.push({ kind: "text", text: spoken, ...manner });
}

function addElement(element: XmlElement, manner: Manner, spans: SsmlSpan[]): void {
  switch (element.name) {
    case "p":
    case "s":
      spans.push({ kind: "boundary" });
      addChildren(element, manner, spans);
      spans.push({ kind: "boundary" });
      return;
    case "prosody":
      return addChildren(
        element,
        { ...manner, prosody: prosodyOf(element, manner.prosody) },
        spans,
      );
    case "emphasis":
      return addChildren(element, { ...manner, emphasis: emphasisOf(element) }, spans);
    case "break":
      spans.push({
        kind: "pause",
        seconds: parseBreak(element.attributes.get("time"), element.attributes.get("strength")),
      });
      return;
    case "sub":
      return addText(required(element, "alias"), manner, spans);
    case "phoneme":
      spans.push({ kind: "phonemes", ...phonemesOf(element), ...manner });
      return;
    case "say-as":
      spans.push({
        kind: "say-as",
        text: textOf(element),
        interpretAs: required(element, "interpret-as").trim().toLowerCase(),
        format: element.attributes.get("format")?.trim().toLowerCase(),
        ...manner,
      });
      return;
    default:
      if (!SILENT.has(element.name)) addChildren(element, manner, spans);
  }
}

/** An inner value replaces an outer one, so that a document cannot leave the ranges by nesting. */
function prosodyOf({ attributes }: XmlElement, outer: Prosody): Prosody {
  const rate = attributes.get("rate");
  const pitch = attributes.get("pitch");
  const volume = attributes.get("volume");
  return {
    rate: rate === undefined ? outer.rate : parseRate(rate),
    pitch: pitch === undefined ? outer.pitch : parsePitch(pitch),
    volume: volume === undefined ? outer.volume : parseVolume(volume),
  };
}

function emphasisOf(element: XmlElement): Emphasis {
  const level = element.attributes.get("level") ?? "moderate";
  const known = LEVELS.find((candidate) => candidate === level);
  if (known === undefined) throw wrongAttribute("level", LEVELS.join(", "), level);
  return known;
}

function phonemesOf(
  element: XmlElement,
): Pick<Extract<SsmlSpan, { kind: "phonemes" }>, "alphabet" | "phonemes" | "text"> {
  const written = element.attributes.get("alphabet") ?? "ipa";
  const alphabet = Object.hasOwn(ALPHABETS, written) ? ALPHABETS[written] : undefined;
  if (alphabet === undefined) throw wrongAttribute("alphabet", "ipa or x-arpabet", written);
  return { alphabet, phonemes: required(element, "ph"), text: textOf(element) };
}

function textOf(element: XmlElement): string {
  return element.children
    .map((child) => (typeof child === "string" ? child : textOf(child)))
    .join("")
    .replace(/\s+/g, " ")
    .trim();
}

function required(element: XmlElement, name: string): string {
  const value = element.attributes.get(name);
  if (value !== undefined && value.trim() !== "") return value;
  throw wrongAttribute(name, "a value", value ?? "");
}

function wrongAttribute(name: string, expected: string, got: string): ToolError {
  return new ToolError(
    "INVALID_REQUEST",
    `SSML: expected ${name} ${expected}; got ${JSON.stringify(got.slice(0, 40))}`,
    { at: `attribute ${name}`, hint: "correct the attribute" },
  );
}

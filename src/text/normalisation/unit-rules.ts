/** Units of measure after a number, and percents. */
import { cardinal, spokenNumber } from "./number-words.ts";
import { NUMBER, rule, type Rule } from "./rule.ts";

/** Sign → singular; the plural adds an s unless it stands behind a slash. */
const REGULAR: Readonly<Record<string, string>> = {
  km: "kilometer",
  m: "meter",
  cm: "centimeter",
  mm: "millimeter",
  nm: "nanometer",
  µm: "micrometer",
  μm: "micrometer",
  mi: "mile",
  yd: "yard",
  kg: "kilogram",
  g: "gram",
  mg: "milligram",
  µg: "microgram",
  lb: "pound",
  lbs: "pound",
  oz: "ounce",
  l: "liter",
  L: "liter",
  ml: "milliliter",
  mL: "milliliter",
  gal: "gallon",
  h: "hour",
  hr: "hour",
  hrs: "hour",
  min: "minute",
  mins: "minute",
  s: "second",
  sec: "second",
  secs: "second",
  ms: "millisecond",
  µs: "microsecond",
  W: "watt",
  kW: "kilowatt",
  MW: "megawatt",
  GW: "gigawatt",
  V: "volt",
  mV: "millivolt",
  kV: "kilovolt",
  mA: "milliamp",
  kB: "kilobyte",
  KB: "kilobyte",
  MB: "megabyte",
  GB: "gigabyte",
  TB: "terabyte",
  PB: "petabyte",
  dB: "decibel",
  kJ: "kilojoule",
  kcal: "kilocalorie",
  kPa: "kilopascal",
  MPa: "megapascal",
  px: "pixel",
  "°": "degree",
};

/** Sign → [singular, plural]. */
const IRREGULAR: Readonly<Record<string, readonly [string, string]>> = {
  ft: ["foot", "feet"],
  Hz: ["hertz", "hertz"],
  kHz: ["kilohertz", "kilohertz"],
  MHz: ["megahertz", "megahertz"],
  GHz: ["gigahertz", "gigahertz"],
  mph: ["mile per hour", "miles per hour"],
  "km/h": ["kilometer per hour", "kilometers per hour"],
  kph: ["kilometer per hour", "kilometers per hour"],
  "m/s": ["meter per second", "meters per second"],
  kbps: ["kilobit per second", "kilobits per second"],
  Mbps: ["megabit per second", "megabits per second"],
  Gbps: ["gigabit per second", "gigabits per second"],
  kWh: ["kilowatt hour", "kilowatt hours"],
  mAh: ["milliamp hour", "milliamp hours"],
  rpm: ["revolution per minute", "revolutions per minute"],
  fps: ["frame per second", "frames per second"],
  "°C": ["degree Celsius", "degrees Celsius"],
  "°F": ["degree Fahrenheit", "degrees Fahrenheit"],
  "km²": ["square kilometer", "square kilometers"],
  "m²": ["square meter", "square meters"],
  "m³": ["cubic meter", "cubic meters"],
  "sq ft": ["square foot", "square feet"],
  "%": ["percent", "percent"],
};

const UNITS: Readonly<Record<string, readonly [string, string]>> = {
  ...Object.fromEntries(
    Object.entries(REGULAR).map(([sign, name]) => [sign, [name, `${name}s`] as const]),
  ),
  ...IRREGULAR,
};

/** Longest first, so that km/h is not taken for km. */
const SIGNS = Object.keys(UNITS)
  .sort((a, b) => b.length - a.length)
  .join("|");

export const UNIT_RULES: readonly Rule[] = [
  rule("([0-9]{1,2})['’′] ?([0-9]{1,2})(?:[\"”″]|'')", ([, feet, inches]) => {
    const foot = `${cardinal(feet as string)} ${feet === "1" ? "foot" : "feet"}`;
    return `${foot} ${cardinal(inches as string)} ${inches === "1" ? "inch" : "inches"}`;
  }),
  rule(`([-−]?)(${NUMBER})[  -]?(${SIGNS})(?![A-Za-z0-9/²³])`, ([, sign, number, unit]) => {
    const spoken = spokenUnit(number as string, unit as string);
    return sign === "" ? spoken : `minus ${spoken}`;
  }),
  rule(
    `(${NUMBER}) ?[-–] ?(${NUMBER}) ?(${SIGNS})(?![A-Za-z0-9/²³])`,
    ([, from, to, unit]) =>
      `${spokenNumber(from as string)} to ${spokenUnit(to as string, unit as string)}`,
  ),
];

/** `undefined` for a sign that is no unit. */
export function unitNames(sign: string): readonly [one: string, many: string] | undefined {
  return Object.hasOwn(UNITS, sign) ? UNITS[sign] : undefined;
}

function spokenUnit(number: string, unit: string): string {
  const [one, many] = unitNames(unit) as readonly [string, string];
  return `${spokenNumber(number)} ${number === "1" ? one : many}`;
}

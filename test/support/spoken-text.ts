/** Texts of a wanted number of words, made of short English clauses; the same for the same seed. */

const CLAUSES = [
  "the train leaves the station at noon",
  "nobody had told her about the letter",
  "we walked along the river until it was dark",
  "a small dog was waiting at the door",
  "please leave your message after the tone",
  "the weather will be warm and dry tomorrow",
  "he counted the coins and put them back",
  "their garden is full of roses this year",
  "you can reach us on the third floor",
  "it takes nine minutes to boil an egg",
  "every window of the old house was open",
  "they moved to the coast last summer",
].map((clause) => clause.split(" "));

/** Sentences of one or two clauses; the last one ends where the words do. */
export function spokenText(seed: number, words: number): string {
  const said: string[] = [];
  let clause = seed % CLAUSES.length;
  let isStart = true;
  while (said.length < words) {
    const next = CLAUSES[clause] as string[];
    const [first = "", ...rest] = next;
    const capital = isStart ? first[0]?.toUpperCase() + first.slice(1) : first;
    said.push(...[capital, ...rest].slice(0, words - said.length));
    clause = (clause * 5 + seed + 7) % CLAUSES.length;
    const isEnd = (clause + said.length) % 3 !== 0 || said.length >= words;
    said.push(`${said.pop()}${isEnd ? "." : ","}`);
    isStart = isEnd;
  }
  return said.join(" ");
}

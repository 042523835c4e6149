/** Words before a full stop that do not end a sentence, or only sometimes. All in lower case. */

const words = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/));

/** A name or an example follows: never the end of a sentence. */
export const NEVER_LAST = words(
  `mr mrs ms mx dr prof sra mme mlle msgr lt sgt capt cmdr cpl pvt gov sen supt vs e.g i.e eg ie cf
  viz approx`,
);

/** Not the end before a number; else words like any other. */
export const BEFORE_NUMBER = words("no nos vol vols ch fig figs eq sec art p pp ca c");

/** The end of a sentence only if the next word begins one for certain. */
export const SOMETIMES_LAST = words(
  `st mt ft rev hon sr jr gen col maj adm rep pres det insp al inc ltd co corp bros llc dept etc
  u.s u.k u.n e.u u.s.a d.c a.m p.m a.d b.c ph.d m.d b.a m.a jan feb apr jun jul aug sep sept oct
  nov dec mon tue tues wed thu thur thurs fri ave blvd rd hwy sq ct assn univ est hr hrs lb lbs oz`,
);

/** Capitalised words that hardly ever continue a name. */
export const SENTENCE_STARTERS = words(
  `the a an this that these those it its he she they we you i his her their our your my in on at
  by for from with without after before when while where why what who which how if because
  although but and or so then there here however moreover also yes no not all some many most both
  as once please do does did is are was were can could will would should may let to`,
);

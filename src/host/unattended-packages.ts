/** Command lines that ask nothing and wait for the lock; patterns are applied to each line of output. */
export interface UnattendedPackages {
  environment: Readonly<Record<string, string>>;
  /** Brings the lists of packages up to date. */
  refresh: readonly string[];
  /** Removes nothing on the way. */
  install(packages: readonly string[]): readonly string[];
  /** Says what `install` would bring, without doing it; the group of arrivalLine is `name`. */
  arrivalsOf(packages: readonly string[]): readonly string[];
  arrivalLine: RegExp;
  /** Lists what is there at all, even in part; the groups are `state` and `name`. */
  states: { words: readonly string[]; line: RegExp };
  /** States of a package that is whole; of one that is gone; and of one that is gone but for its configuration. */
  whole: readonly string[];
  gone: readonly string[];
  configurationLeft: readonly string[];
  /** Says what would go with these packages, without doing it; the group is `name`. */
  removalOf(packages: readonly string[]): readonly string[];
  /** Says what would go with these packages: what needs them, and what was brought as a dependency and is needed by nobody then. */
  unneededWithout(packages: readonly string[]): readonly string[];
  /** The same, with those that are recommended or suggested and not needed. */
  unneededButRecommendedWithout(packages: readonly string[]): readonly string[];
  removalLine: RegExp;
  /** Lists which packages need and recommend what, and which other names they go by; the groups are `name`, `depends`, `recommends` and `provides`. */
  relations: { words: readonly string[]; line: RegExp; namesIn(field: string): readonly string[] };
  remove(packages: readonly string[]): readonly string[];
  /** Removes the configuration too, also of packages that are gone but for it. */
  purge(packages: readonly string[]): readonly string[];
  /** The same, without a look at any other package: nothing needs these. */
  purgeAlone(packages: readonly string[]): readonly string[];
  /** Finishes what was interrupted. Changes nothing on a machine that is whole. */
  repair: readonly string[];
}

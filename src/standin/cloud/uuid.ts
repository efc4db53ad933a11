/**
 * A UUID in the one form that is kept and compared: lower case, with dashes. Undefined for what is none.
 * Agents before 1.37 keep the upper case of an id that they were given, and use it in paths, topics and messages.
 */
export function normalUuid(value: unknown): string | undefined {
  const parts = typeof value === 'string' ? UUID.exec(value.toLowerCase()) : null;
  return parts === null ? undefined : [1, 3, 4, 5, 6].map((index) => parts[index]).join('-');
}

/** The same for an id that need not be one: rooms that were prepared in space.json have any. */
export function normalId(id: string): string {
  return normalUuid(id) ?? id;
}

// With all dashes, or with none.
const UUID = /^([0-9a-f]{8})(-?)([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{12})$/;

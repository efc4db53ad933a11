/** Whether a topic is covered by a filter with + (one level) and # (all that follow). Source: MQTT 5.0, 4.7. */
export function matchesFilter(topic: string, filter: string): boolean {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  const isCovered = wanted.every(
    (level, index) => level === '#' || (index < levels.length && (level === '+' || level === levels[index])),
  );
  return isCovered && (wanted.at(-1) === '#' || wanted.length === levels.length);
}

/** Wildcards fill whole levels, and # is last. */
export function isFilter(text: string): boolean {
  const levels = text.split('/');
  return (
    levels.every((level, index) => (level === '#' && index === levels.length - 1) || level === '+' || !/[+#]/.test(level)) &&
    isName(text)
  );
}

export function isTopic(text: string): boolean {
  return isName(text) && !/[+#]/.test(text);
}

function isName(text: string): boolean {
  return text !== '' && text.length <= 512 && !text.includes('\0');
}

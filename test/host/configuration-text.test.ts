import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfiguration, removeConfigurationValue, setConfigurationValue } from '../../src/host/configuration-text.ts';

const example = `# netdata configuration
stray = ignored

[global]
    # run as user = nobody
    run as user = netdata

[web]
\tbind to = localhost:20000
\tdefault port = 19999
`;

describe('a configuration', () => {
  test('is read as the agent reads it', () => {
    const text = `${example}[ spaced]\nkey with blanks   =   a = b # kept\n = no name\nno equals sign\nempty =\nhash = # gone\n`;
    const configuration = parseConfiguration(text);
    expect(Object.fromEntries(configuration.get('global') ?? [])).toEqual({ 'run as user': 'netdata' });
    expect(Object.fromEntries(configuration.get('web') ?? [])).toEqual({ 'bind to': 'localhost:20000', 'default port': '19999' });
    expect(Object.fromEntries(configuration.get(' spaced') ?? [])).toEqual({
      'key with blanks': 'a = b # kept',
      empty: '',
      hash: '',
    });
  });

  test('has the last of several values, also when a section comes twice', () => {
    const configuration = parseConfiguration('[a]\nx = 1\nx = 2\n[b]\ny = 1\n[a]\nx = 3\n');
    expect(configuration.get('a')?.get('x')).toBe('3');
  });

  test('can have Windows line ends', () => {
    expect(parseConfiguration('[global]\r\n  enabled = no\r\n').get('global')?.get('enabled')).toBe('no');
  });
});

describe('setting a value', () => {
  test('changes that line and no other', () => {
    const changed = setConfigurationValue(example, 'web', 'bind to', '*');
    expect(changed).toBe(example.replace('\tbind to = localhost:20000', '\tbind to = *'));
  });

  test('leaves the comment with the default alone', () => {
    const changed = setConfigurationValue(example, 'global', 'run as user', 'ada');
    expect(changed).toBe(example.replace('    run as user = netdata', '    run as user = ada'));
  });

  test('adds a key at the end of its section, indented as the others', () => {
    const changed = setConfigurationValue(example, 'web', 'mode', 'none');
    expect(changed).toBe(`${example}\tmode = none\n`);
    expect(setConfigurationValue(example, 'global', 'hostname', 'x')).toContain(
      'run as user = netdata\n    hostname = x\n\n[web]',
    );
  });

  test('adds a section that is not there', () => {
    expect(setConfigurationValue(example, 'cloud', 'proxy', 'none')).toBe(`${example}\n[cloud]\n    proxy = none\n`);
    expect(setConfigurationValue('', 'global', 'enabled', 'yes')).toBe('[global]\n    enabled = yes\n');
    expect(setConfigurationValue('[global]', 'global', 'enabled', 'yes')).toBe('[global]\n    enabled = yes\n');
  });

  test('changes the one of several that counts', () => {
    expect(setConfigurationValue('[a]\nx = 1\nx = 2\n', 'a', 'x', '3')).toBe('[a]\nx = 1\nx = 3\n');
  });

  test('keeps Windows line ends', () => {
    expect(setConfigurationValue('[a]\r\nx = 1\r\n', 'a', 'x', '2')).toBe('[a]\r\nx = 2\r\n');
  });

  test('gives a new line the end of the line above it, and touches no other end', () => {
    expect(setConfigurationValue('# unix\n[a]\r\nx = 1\r\n[b]\n', 'a', 'y', '2')).toBe('# unix\n[a]\r\nx = 1\r\ny = 2\r\n[b]\n');
    expect(setConfigurationValue('[a]\r\nx = 1', 'a', 'y', '2')).toBe('[a]\r\nx = 1\r\ny = 2\r\n');
    expect(setConfigurationValue('[a]\r\n', 'b', 'y', '2')).toBe('[a]\r\n\r\n[b]\r\n    y = 2\r\n');
  });

  test('adds no line end to a last line that has none', () => {
    expect(setConfigurationValue('[a]\nx = 1\n# end', 'a', 'x', '2')).toBe('[a]\nx = 2\n# end');
    expect(setConfigurationValue('[a]\nx = 1', 'a', 'x', '2')).toBe('[a]\nx = 2');
  });

  test('refuses a value that would be more than one line', () => {
    expect(() => setConfigurationValue('', 'a', 'x', '1\n[b]')).toThrow('one line');
  });

  test('is what reading gives back, and changes nothing else, whatever is in the file', () => {
    const word = fc.stringMatching(/^[a-z]{1,6}( [a-z]{1,6})?$/);
    const line = fc.oneof(
      word.map((name) => `[${name}]`),
      fc.tuple(word, word).map(([key, value]) => `  ${key} = ${value}`),
      fc.constantFrom('', '# note', 'noise', '  # key = value'),
    );
    fc.assert(
      fc.property(fc.array(line), word, word, word, (lines, section, key, value) => {
        const before = lines.map((text) => `${text}\n`).join('');
        const after = parseConfiguration(setConfigurationValue(before, section, key, value));
        const expected = new Map([...parseConfiguration(before)].map(([name, keys]) => [name, new Map(keys)]));
        expected.set(section, new Map([...(expected.get(section) ?? []), [key, value]]));
        expect(after.get(section)?.get(key)).toBe(value);
        expect(after).toEqual(expected);
      }),
    );
  });
});

describe('removing a value', () => {
  test('takes its lines away, and no other', () => {
    const text = '[a]\nx = 1\n# x = 0\ny = 2\nx = 3\n\n[b]\r\nx = 4\r\n';
    expect(removeConfigurationValue(text, 'a', 'x')).toBe('[a]\n# x = 0\ny = 2\n\n[b]\r\nx = 4\r\n');
    expect(removeConfigurationValue(text, 'c', 'x')).toBe(text);
  });
});

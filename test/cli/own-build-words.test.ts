import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/options.ts';
import { ownBuildWords } from '../../src/cli/own-build-words.ts';

const words = (text: string, environment = {}) => ownBuildWords({ values: { 'local-build-options': text } }, environment);

describe('words for the own build of the agent', () => {
  it('are none when nothing is said', () => {
    expect(ownBuildWords({ values: {} }, {})).toEqual({ ignored: [] });
  });

  it('are switches of its installer, words for configure and words for CMake', () => {
    expect(words('--enable-ml --disable-ebpf  --with-foo=/opt/foo -DUSE_MOLD=Off --force-legacy-cxx')).toEqual({
      ownBuild: {
        switches: [
          { word: 'ml', isOn: true },
          { word: 'ebpf', isOn: false },
        ],
        configure: ['--with-foo=/opt/foo'],
        cmake: ['-DUSE_MOLD=Off', '-DUSE_CXX_11=On'],
        flags: {},
      },
      ignored: [],
    });
  });

  it('come from the variables of its installer, too, and the command line has the last word', () => {
    const environment = {
      NETDATA_INSTALLER_OPTIONS: '--disable-lto',
      NETDATA_CONFIGURE_OPTIONS: '--disable-ml --with-x=1',
      NETDATA_CMAKE_OPTIONS: "-DENABLE_ML=Off '-DCMAKE_C_FLAGS=-O1 -g'",
      CFLAGS: '-O3 -march=native',
      LDFLAGS: '-Wl,-O1',
    };
    expect(words('--enable-lto', environment)).toEqual({
      ownBuild: {
        switches: [
          { word: 'lto', isOn: false },
          { word: 'lto', isOn: true },
        ],
        configure: ['--disable-ml', '--with-x=1'],
        cmake: ['-DENABLE_ML=Off', '-DCMAKE_C_FLAGS=-O1 -g'],
        flags: { CFLAGS: '-O3 -march=native', LDFLAGS: '-Wl,-O1' },
      },
      ignored: [],
    });
  });

  it('can say what is said to kickstart itself, or nothing', () => {
    expect(words('--disable-cloud --dont-wait --stable-channel')).toEqual({
      cloud: 'disable',
      ignored: ['--dont-wait', '--stable-channel'],
    });
    expect(words('--require-cloud')).toMatchObject({ cloud: 'require' });
  });

  it.each(['--install /opt', 'make', '--prefix=/opt/secret'])('are not %s, whose value is not repeated', (text) => {
    expect(() => words(text)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID_VALUE' }));
    expect(() => words(text)).not.toThrow(/secret/);
  });

  it.each(['-DSENTRY_DSN=abc', '--with-token=abc', '-DX=https://ann:abc@mirror.test/'])('are no secret: %s', (text) => {
    const refusal = expect.objectContaining({ code: 'USAGE_INVALID_VALUE', what: expect.not.stringContaining('abc') });
    expect(() => words(text)).toThrow(refusal);
    expect(() => ownBuildWords({ values: {} }, { NETDATA_CMAKE_OPTIONS: text })).toThrow(refusal);
  });
});

it.each([[['--local-build-options', '--disable-ebpf --enable-lto']], [['--local-build-options=--disable-ebpf --enable-lto']]])(
  'the value of the option may begin with dashes: %s',
  (line) => {
    expect(parseCommandLine(line, {}).values['local-build-options']).toBe('--disable-ebpf --enable-lto');
  },
);

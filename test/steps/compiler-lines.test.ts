import { expect, it } from 'vitest';
import { compilerLines } from '../../src/steps/compiler-lines.ts';

it('finds the errors of a compiler among what a parallel make says after them', () => {
  const output = `[ 10%] Building C object a.c.o
src/tls.c:12:10: fatal error: openssl/ssl.h: No such file or directory
   12 | #include <openssl/ssl.h>
      |          ^~~~~~~~~~~~~~~
compilation terminated.
make[2]: *** [CMakeFiles/a.dir/build.make:76: a.c.o] Error 1
[ 20%] Building C object b.c.o
[ 30%] Building C object c.c.o
make: *** [Makefile:136: all] Error 2
`;
  expect(compilerLines(output)).toBe(`src/tls.c:12:10: fatal error: openssl/ssl.h: No such file or directory
   12 | #include <openssl/ssl.h>`);
});

it('keeps what cmake says below its error', () => {
  const output = `-- Found Threads: TRUE
CMake Error at CMakeLists.txt:12 (message):
  Could NOT find OpenSSL

-- Configuring incomplete, errors occurred!
`;
  expect(compilerLines(output)).toBe('CMake Error at CMakeLists.txt:12 (message):\n  Could NOT find OpenSSL');
});

it('has the last lines when none names an error', () => {
  expect(compilerLines('1\n2\n3\n4\n5\n6\n7\n')).toBe('2\n3\n4\n5\n6\n7');
});

it('does not let what make says on its way up push out what the compiler said', () => {
  const up = [
    'make[3]: *** [a.o] Error 1',
    'make[2]: *** [all] Error 2',
    'make[1]: *** [all] Error 2',
    'make: *** [all] Error 2',
  ];
  const compiler = [
    'a.c:1:10: fatal error: openssl/ssl.h: No such file or directory',
    ' #include <openssl/ssl.h>',
    '          ^~~~',
  ];
  const configure = ['-- Looking for sys/ktls.h - not found'];
  expect(compilerLines([...configure, ...compiler, 'compilation terminated.', ...up].join('\n'))).toBe(
    compiler.slice(0, 2).join('\n'),
  );
});

it('takes what make says where nobody says more', () => {
  expect(compilerLines('cc a.c\nmake: *** [a.o] Error 1\n')).toBe('make: *** [a.o] Error 1');
});

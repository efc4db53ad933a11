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
   12 | #include <openssl/ssl.h>
make[2]: *** [CMakeFiles/a.dir/build.make:76: a.c.o] Error 1
make: *** [Makefile:136: all] Error 2`);
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

import { describe, expect, it } from 'vitest';
import { compilerLines } from '../../src/steps/compiler-lines.ts';

describe('of what a failed build said, people see the first message that names the cause:', () => {
  it.each<[string, string, string]>([
    [
      'a header that a compiler does not find, among the work of others and what make says on its way up',
      `[ 10%] Building C object a.c.o
src/tls.c:12:10: fatal error: openssl/ssl.h: No such file or directory
   12 | #include <openssl/ssl.h>
      |          ^~~~~~~~~~~~~~~
compilation terminated.
make[2]: *** [CMakeFiles/a.dir/build.make:76: a.c.o] Error 1
make[2]: *** Waiting for unfinished jobs....
[ 20%] Building C object b.c.o
src/b.c:4:2: warning: implicit declaration of function 'f' [-Wimplicit-function-declaration]
make[1]: *** [CMakeFiles/Makefile2:100: all] Error 2
make: *** [Makefile:136: all] Error 2
`,
      `src/tls.c:12:10: fatal error: openssl/ssl.h: No such file or directory
   12 | #include <openssl/ssl.h>
      |          ^~~~~~~~~~~~~~~`,
    ],
    [
      'the first of two compilers that ran side by side',
      `  CC       daemon/main.o
  CC       daemon/common.o
daemon/main.c: In function 'main':
daemon/main.c:40:5: error: unknown type name 'uv_loop_t'
   40 |     uv_loop_t *loop;
      |     ^~~~~~~~~
daemon/common.c:7:3: error: expected ';' before 'return'
make[2]: *** [Makefile:9870: daemon/main.o] Error 1
make[2]: *** Waiting for unfinished jobs....
make[2]: *** [Makefile:9870: daemon/common.o] Error 1
`,
      `daemon/main.c:40:5: error: unknown type name 'uv_loop_t'
   40 |     uv_loop_t *loop;
      |     ^~~~~~~~~
daemon/common.c:7:3: error: expected ';' before 'return'`,
    ],
    [
      'what make cannot make',
      `make  all-recursive
make[1]: Entering directory '/work/agent'
make[2]: *** No rule to make target 'packaging/ebpf.checksums', needed by 'all-am'.  Stop.
make[2]: Leaving directory '/work/agent'
make[1]: *** [Makefile:12019: all-recursive] Error 1
make: *** [Makefile:4837: all] Error 2
`,
      "make[2]: *** No rule to make target 'packaging/ebpf.checksums', needed by 'all-am'.  Stop.",
    ],
    [
      'what a linker misses, with the function that it is in',
      `  CXXLD    netdata
/usr/bin/ld: aclk/aclk.o: in function 'aclk_connect':
aclk.c:(.text+0x12): undefined reference to 'mqtt_connect'
aclk.c:(.text+0x34): undefined reference to 'mqtt_close'
collect2: error: ld returned 1 exit status
make[2]: *** [Makefile:5730: netdata] Error 1
`,
      `/usr/bin/ld: aclk/aclk.o: in function 'aclk_connect':
aclk.c:(.text+0x12): undefined reference to 'mqtt_connect'
aclk.c:(.text+0x34): undefined reference to 'mqtt_close'`,
    ],
    [
      'a library that a linker does not find',
      `/usr/bin/ld: cannot find -luv: No such file or directory
collect2: error: ld returned 1 exit status
`,
      '/usr/bin/ld: cannot find -luv: No such file or directory',
    ],
    [
      'a compiler that ninja ran, after the line of its command',
      `[12/900] Building C object CMakeFiles/libnetdata.dir/src/a.c.o
FAILED: CMakeFiles/libnetdata.dir/src/a.c.o
/usr/bin/cc -DX -O2 -o CMakeFiles/libnetdata.dir/src/a.c.o -c ../src/a.c
../src/a.c:3:10: fatal error: curl/curl.h: No such file or directory
    3 | #include <curl/curl.h>
      |          ^~~~~~~~~~~~~
compilation terminated.
[13/900] Building C object CMakeFiles/libnetdata.dir/src/b.c.o
ninja: build stopped: subcommand failed.
`,
      `../src/a.c:3:10: fatal error: curl/curl.h: No such file or directory
    3 | #include <curl/curl.h>
      |          ^~~~~~~~~~~~~`,
    ],
    [
      'what ninja cannot make',
      "ninja: error: '../src/aclk/lib.proto', needed by 'src/aclk/lib.pb.cc', missing and no known rule to make it\n",
      "ninja: error: '../src/aclk/lib.proto', needed by 'src/aclk/lib.pb.cc', missing and no known rule to make it",
    ],
    [
      'what CMake says below its error, with empty lines between, and not where it was called',
      `-- Checking for module 'libcurl>=7.21'
--   Package 'libcurl', required by 'virtual:world', not found
CMake Error at /usr/share/cmake-3.25/Modules/FindPkgConfig.cmake:607 (message):
  The following required packages were not found:

   - libcurl>=7.21

Call Stack (most recent call first):
  /usr/share/cmake-3.25/Modules/FindPkgConfig.cmake:829 (_pkg_check_modules_internal)
  CMakeLists.txt:401 (pkg_check_modules)


-- Configuring incomplete, errors occurred!
See also "/work/agent/build/CMakeFiles/CMakeOutput.log".
`,
      `CMake Error at /usr/share/cmake-3.25/Modules/FindPkgConfig.cmake:607 (message):
  The following required packages were not found:
   - libcurl>=7.21`,
    ],
    [
      'what configure misses',
      `checking for uv_fs_scandir_next in -luv... no
configure: error: libuv required but not found. Try installing 'libuv1-dev' or 'libuv-devel'.
`,
      "configure: error: libuv required but not found. Try installing 'libuv1-dev' or 'libuv-devel'.",
    ],
    [
      'a program without its libraries',
      `protoc: error while loading shared libraries: libprotoc.so.32: cannot open shared object file: No such file or directory
make: *** [Makefile:9: a.pb.cc] Error 127
`,
      'protoc: error while loading shared libraries: libprotoc.so.32: cannot open shared object file: No such file or directory',
    ],
    [
      'a compiler that was killed, whatever the others said first',
      `a.c:1:1: error: expected identifier
c++: fatal error: Killed signal terminated program cc1plus
compilation terminated.
`,
      'c++: fatal error: Killed signal terminated program cc1plus',
    ],
    ['what make says where nobody says more', 'cc a.c\nmake: *** [a.o] Error 1\n', 'make: *** [a.o] Error 1'],
    ['the last lines when none names an error', '1\n2\n3\n4\n5\n6\n7\n8\n9\n', '2\n3\n4\n5\n6\n7\n8\n9'],
  ])('%s', (_, output, expected) => {
    expect(compilerLines(output)).toBe(expected);
  });
});

#include "libraries.h"
#include "config.h"
#include "log.h"
#include "text.h"

#include <lz4.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <uuid/uuid.h>
#include <uv.h>
#include <zlib.h>
#if HAVE_JUDY
#include <Judy.h>
#endif
#if HAVE_CURL
#include <curl/curl.h>
#endif
#if HAVE_ZSTD
#include <zstd.h>
#endif
#if HAVE_BROTLI
#include <brotli/decode.h>
#include <brotli/encode.h>
#endif
#if HAVE_YAML
#include <yaml.h>
#endif
#if HAVE_PCRE2
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#endif

/* Those that a build goes on without. One function of each is called, so that a library that is missing breaks the link. */
static char *found_libraries(void)
{
    struct text text = {0};

    text_add(&text, "", 0);
#if HAVE_JUDY
    text_format(&text, ", Judy (%lu)", (unsigned long)JudyLCount(NULL, 0, (Word_t)-1, PJE0));
#endif
#if HAVE_CURL
    text_format(&text, ", curl %s", curl_version());
#endif
#if HAVE_ZSTD
    text_format(&text, ", Zstandard %u", ZSTD_versionNumber());
#endif
#if HAVE_BROTLI
    text_format(&text, ", Brotli %x/%x", BrotliEncoderVersion(), BrotliDecoderVersion());
#endif
#if HAVE_YAML
    text_format(&text, ", YAML %s", yaml_get_version_string());
#endif
#if HAVE_PCRE2
    text_format(&text, ", PCRE2 %d", pcre2_config(PCRE2_CONFIG_UNICODE, NULL));
#endif
    return text.bytes;
}

void libraries_log(void)
{
    char *more = found_libraries();
    uuid_t none;

    uuid_clear(none);
    log_info("Linked with zlib %s, libuuid (%d), libuv %s, LZ4 %d, %s%s.", zlibVersion(), uuid_is_null(none), uv_version_string(),
             LZ4_versionNumber(), OpenSSL_version(OPENSSL_VERSION), more);
    free(more);
}

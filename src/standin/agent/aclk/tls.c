#include "tls.h"
#include "log.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

const char *tls_failure(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    return reason ? reason : "the connection was closed";
}

static int take_self_signed(int good, X509_STORE_CTX *checked)
{
    if (!good && X509_STORE_CTX_get_error(checked) == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT)
        X509_STORE_CTX_set_error(checked, X509_V_OK);
    return good || X509_STORE_CTX_get_error(checked) == X509_V_OK;
}

static bool load_trust(SSL_CTX *context, const struct tls_trust *trust)
{
    return trust->ca_file ? SSL_CTX_load_verify_locations(context, trust->ca_file, NULL) : SSL_CTX_set_default_verify_paths(context);
}

SSL_CTX *tls_context(const char *host, const struct tls_trust *trust)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    X509_VERIFY_PARAM *checks = context ? SSL_CTX_get0_param(context) : NULL;

    if (!context || !load_trust(context, trust) || !SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) ||
        !(X509_VERIFY_PARAM_set1_ip_asc(checks, host) || X509_VERIFY_PARAM_set1_host(checks, host, 0))) {
        log_error("TLS cannot be prepared: %s", tls_failure());
        SSL_CTX_free(context);
        return NULL;
    }
    X509_VERIFY_PARAM_set_hostflags(checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_CTX_set_verify(context, trust->anyone ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, trust->self_signed ? take_self_signed : NULL);
    return context;
}

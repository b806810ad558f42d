#include "tests/support/certificates.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>

namespace vtscope::test {
namespace {

constexpr long kDay = 24L * 60 * 60;

struct Free
{
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

void require(bool works)
{
    if (!works)
        throw std::runtime_error("OpenSSL cannot make a certificate");
}

Key newKey()
{
    Key key(EVP_EC_gen("P-256"));
    require(key != nullptr);
    return key;
}

void extend(X509* certificate, X509* issuer, int extension, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Free> made(X509V3_EXT_conf_nid(nullptr, &context, extension, value.c_str()));
    require(made != nullptr && X509_add_ext(certificate, made.get(), -1) == 1);
}

Certificate newCertificate(const std::string& name, EVP_PKEY* key, X509* issuer, long serial, long from, long until)
{
    Certificate certificate(X509_new());
    require(certificate != nullptr);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
    // One that has expired must have begun before it ended.
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), std::min(from, until - kDay));
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), until);
    X509_NAME* const subject = X509_get_subject_name(certificate.get());
    const std::vector<unsigned char> text(name.begin(), name.end());
    require(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text.data(), static_cast<int>(text.size()), -1,
                                       0) == 1);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer != nullptr ? issuer : certificate.get()));
    X509_set_pubkey(certificate.get(), key);
    return certificate;
}

template <typename Write> std::string pem(const Write& write)
{
    const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
    require(bio != nullptr && write(bio.get()) == 1);
    std::string text(BIO_ctrl_pending(bio.get()), '\0');
    require(BIO_read(bio.get(), text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size()));
    return text;
}

std::string alternativeNames(const std::vector<std::string>& names)
{
    std::string result;
    for (const std::string& name : names) {
        in6_addr address{};
        const bool isAddress =
            ::inet_pton(AF_INET, name.c_str(), &address) == 1 || ::inet_pton(AF_INET6, name.c_str(), &address) == 1;
        if (!result.empty())
            result += ',';
        result += isAddress ? "IP:" : "DNS:";
        result += name;
    }
    return result;
}

} // namespace

Certificates makeCertificates(const std::vector<std::string>& names, std::chrono::seconds validFor,
                              std::chrono::seconds validFrom)
{
    // Clients look for authorities by name.
    static std::atomic<int> s_made = 0;
    const Key authorityKey = newKey();
    const Certificate authority = newCertificate("vtscope test authority " + std::to_string(++s_made),
                                                 authorityKey.get(), nullptr, 1, -kDay, 365 * kDay);
    extend(authority.get(), authority.get(), NID_basic_constraints, "critical,CA:TRUE");
    extend(authority.get(), authority.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    require(X509_sign(authority.get(), authorityKey.get(), EVP_sha256()) > 0);

    const Key serverKey = newKey();
    const Certificate server =
        newCertificate("vtscope test server", serverKey.get(), authority.get(), 2, static_cast<long>(validFrom.count()),
                       static_cast<long>(validFor.count()));
    extend(server.get(), authority.get(), NID_subject_alt_name, alternativeNames(names));
    extend(server.get(), authority.get(), NID_ext_key_usage, "serverAuth");
    require(X509_sign(server.get(), authorityKey.get(), EVP_sha256()) > 0);

    Certificates result;
    result.authority = pem([&](BIO* bio) { return PEM_write_bio_X509(bio, authority.get()); });
    result.server = pem([&](BIO* bio) { return PEM_write_bio_X509(bio, server.get()); });
    result.serverKey = pem([&](BIO* bio) {
        return PEM_write_bio_PrivateKey(bio, serverKey.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    return result;
}

} // namespace vtscope::test

/* What OpenSSL takes for the two things that no receiver of a push can leave out, and nothing else: SHA-1
 * over what was signed, and AES-256-CBC over what was encrypted. Asked a line at a time:
 *
 *     TIMES BASE64 KEY SIGNED ENCRYPT
 *
 * KEY is an EncodingAESKey, SIGNED what the signature covers, ENCRYPT the ciphertext in base64. With BASE64
 * 1 the ciphertext is decoded each time, with 0 once, before the time begins to count. The answer is one
 * line of JSON: seconds of CPU for all TIMES, the digest and the clear bytes in hexadecimal, the version.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A line with a body of 256 KiB in it, twice. */
#define MOST (1 << 20)

static double cpu(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fail(const char *what) {
    fprintf(stderr, "raw: %s\n", what);
    exit(1);
}

static void print_hexadecimal(const char *name, const unsigned char *bytes, int length) {
    printf(",\"%s\":\"", name);
    for (int place = 0; place < length; place++) printf("%02x", bytes[place]);
    printf("\"");
}

int main(void) {
    static char line[MOST];
    static unsigned char cipher[MOST], clear[MOST];
    const EVP_MD *sha1 = EVP_sha1();
    const EVP_CIPHER *aes = EVP_aes_256_cbc();
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
    /* Looked up once: otherwise each use looks it up again. */
    sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    aes = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
#endif
    EVP_MD_CTX *digesting = EVP_MD_CTX_new();
    EVP_CIPHER_CTX *decrypting = EVP_CIPHER_CTX_new();
    if (!sha1 || !aes || !digesting || !decrypting) fail("no SHA-1 or no AES");

    while (fgets(line, sizeof line, stdin)) {
        char *times = strtok(line, " \n"), *base64 = strtok(NULL, " \n"), *letters = strtok(NULL, " \n");
        char *given = strtok(NULL, " \n"), *encrypt = strtok(NULL, " \n");
        if (!encrypt || strlen(letters) != 43) fail("a line is not as expected");
        /* 43 letters stand for 32 bytes and two bits. */
        char padded[45];
        unsigned char key[36], digest[EVP_MAX_MD_SIZE];
        snprintf(padded, sizeof padded, "%s=", letters);
        if (EVP_DecodeBlock(key, (unsigned char *)padded, 44) < 32) fail("no key");
        size_t signed_length = strlen(given), encrypt_length = strlen(encrypt);
        int decoded = EVP_DecodeBlock(cipher, (unsigned char *)encrypt, (int)encrypt_length);
        if (decoded < 0) fail("no base64");
        /* The decoder counts what the padding stands for, which is less than a block. */
        decoded -= decoded % 16;
        int decode = atoi(base64), length = 0;
        unsigned digest_length = 0;
        long count = atol(times);

        double began = cpu();
        for (long turn = 0; turn < count; turn++) {
            if (decode && EVP_DecodeBlock(cipher, (unsigned char *)encrypt, (int)encrypt_length) < 0) {
                fail("no base64");
            }
            if (!EVP_DigestInit_ex(digesting, sha1, NULL) || !EVP_DigestUpdate(digesting, given, signed_length)
                || !EVP_DigestFinal_ex(digesting, digest, &digest_length)) {
                fail("no digest");
            }
            if (!EVP_DecryptInit_ex(decrypting, aes, NULL, key, key)
                || !EVP_CIPHER_CTX_set_padding(decrypting, 0)
                || !EVP_DecryptUpdate(decrypting, clear, &length, cipher, decoded)) {
                fail("no decryption");
            }
        }
        printf("{\"cpu\":%.9f,\"version\":\"%s\"", cpu() - began, OpenSSL_version(OPENSSL_VERSION));
        print_hexadecimal("digest", digest, (int)digest_length);
        print_hexadecimal("clear", clear, length);
        printf("}\n");
        fflush(stdout);
    }
    return 0;
}

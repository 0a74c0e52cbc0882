// SPDX-License-Identifier: Apache-2.0

/// The files of a certificate and its key, in PEM.
struct IdentityFiles: Sendable, Hashable {
    let certificate: String
    let key: String

    /// The files that `--tls-certificate` and `--tls-key` name; nil when they name none.
    ///
    /// What is wrong with them is left with the reader.
    static func resolve(
        certificate: String?, key: String?, _ reader: inout SettingReader, warnings: inout [String]
    ) -> IdentityFiles? {
        let paths = (reader.text(certificate, "tls-certificate"), reader.text(key, "tls-key"))
        if let certificate = paths.0 { checkCertificates(certificate, "tls-certificate", &reader) }
        if let key = paths.1 { checkKey(key, &reader, warnings: &warnings) }
        switch paths {
        case (let certificate?, let key?): return IdentityFiles(certificate: certificate, key: key)
        case (.some, nil): reader.add(problem: "--tls-certificate was given without --tls-key: name the key's file too")
        case (nil, .some):
            reader.add(problem: "--tls-key was given without --tls-certificate: name the certificate's file too")
        case (nil, nil): break
        }
        return nil
    }

    /// Leaves with the reader that a file holds no certificates in PEM.
    static func checkCertificates(_ path: String, _ option: String, _ reader: inout SettingReader) {
        check(path, option, holds: "CERTIFICATE-----", "a certificate", &reader)
    }

    private static func checkKey(_ path: String, _ reader: inout SettingReader, warnings: inout [String]) {
        if check(path, "tls-key", holds: "PRIVATE KEY-----", "a private key", &reader) {
            PrivateFile.check(path, "key file", &reader, warnings: &warnings)
        }
    }

    @discardableResult
    private static func check(
        _ path: String, _ option: String, holds label: String, _ what: String, _ reader: inout SettingReader
    ) -> Bool {
        switch TextFile.read(path, limit: 1_024 * 1_024) {
        case .failure(let problem): reader.add(problem: "--\(option): \(problem.description)")
        case .success(let text):
            if text.contains(label) { return true }
            reader.add(problem: "--\(option): file \(path) does not hold \(what) in PEM, which begins with -----BEGIN")
        }
        return false
    }
}

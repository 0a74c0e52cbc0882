// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// One reusable libcurl transfer and the room for its answer.
///
/// Belongs to the driver's thread: it is made, used and freed there, and libcurl calls back on that thread only.
final class CurlEasyHandle {
    /// The answer was larger than allowed.
    enum Excess { case header, body, disk }

    let easy: UnsafeMutableRawPointer
    /// Whose transfer this is, nil between two of them.
    private(set) var transfer: CurlTransfer?
    /// When the server was last heard of, in milliseconds of the driver's clock.
    var lastActivity: Int64 = 0
    /// Set by the callbacks; the driver takes the time of its loop.
    private var heard = false

    /// The room for a body that is kept between two transfers, in bytes.
    private static let keptCapacity = 64 << 10

    private let configuration: TransportConfiguration
    private var header: [UInt8] = []
    private var body: [UInt8] = []
    private var excess: Excess?
    /// Whether the empty line after the header came: libcurl takes the end of the connection for the end of the header.
    private var isHeaderWhole = false
    private var lines: UnsafeMutablePointer<curl_slist>?
    private var sending: UnsafeMutableRawBufferPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var method: HTTPRequest.Method?
    private var url = ""
    private var line: [UInt8] = []
    /// The file that is being sent.
    private var reader: BodyFileReader?
    /// Why it could not be.
    private var readError: AWSError?

    /// Makes a transfer; nil when libcurl has no memory for one.
    init?(_ configuration: TransportConfiguration) {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        self.configuration = configuration
        sending = .allocate(byteCount: 1_024, alignment: 1)
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(lines)
        sending.deallocate()
        errorText.deallocate()
    }

    /// The handle that a libcurl transfer belongs to.
    static func of(_ easy: UnsafeMutableRawPointer) -> CurlEasyHandle? {
        cove_curl_info_private(easy).map { Unmanaged<CurlEasyHandle>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Makes the handle ready to send the transfer's request.
    func prepare(_ transfer: CurlTransfer, now: Int64) {
        let request = transfer.request
        self.transfer = transfer
        lastActivity = now
        heard = false
        errorText.pointee = 0
        if method != request.method { setUp(for: request.method) }
        let wanted = request.url
        if url != wanted {
            url = wanted
            cove_curl_set_string(easy, CURLOPT_URL, wanted)
            cove_curl_set_string(easy, CURLOPT_PROXY, configuration.proxies.proxy(for: request.origin) ?? "")
        }
        setHeaders(of: request)
        if let file = request.bodyFile { setBody(file) } else { setBody(request.body) }
        // What goes to a file may be as large as the disk.
        if request.answerFile != nil { cove_curl_set_offset(easy, CURLOPT_MAXFILESIZE_LARGE, 0) }
    }

    /// The milliseconds at which the server was last heard of, `now` when it was since the last question.
    func activity(now: Int64) -> Int64 {
        if heard {
            heard = false
            lastActivity = now
        }
        return lastActivity
    }

    /// Whether a connection stands and the request is on its way, so that the server's silence counts.
    var isConnected: Bool { cove_curl_info_offset(easy, CURLINFO_PRETRANSFER_TIME_T) > 0 }

    /// Takes the answer or the failure of a transfer that ended, and makes the handle free.
    func finish(_ code: CURLcode) -> Result<HTTPResponse, AWSError> {
        defer { release() }
        guard let transfer else { return .failure(AWSError(.notSent, code: "TransportFailed", message: "no transfer")) }
        if let readError { return .failure(readError) }
        switch excess {
        case .disk:
            return .failure(
                AWSError(
                    .notSent, code: "UnwritableFile",
                    message:
                        "the answer cannot be written to \(transfer.request.answerFile?.path ?? ""): is the disk full?")
            )
        case .body:
            return .failure(
                tooLarge("its body is larger than \(configuration.maximumResponseSize) bytes", transfer.request))
        case .header:
            return .failure(
                tooLarge("its header is larger than \(configuration.maximumHeaderSize) bytes", transfer.request))
        case nil: break
        }
        if code == CURLE_OK, !isHeaderWhole {
            return .failure(
                AWSError(
                    .timedOut, code: "ConnectionClosed",
                    message:
                        "no answer from \(transfer.request.origin.text): the connection was closed within the header",
                    isRetryable: true))
        }
        if code == CURLE_OK {
            let status = Int(cove_curl_info_long(easy, CURLINFO_RESPONSE_CODE))
            // Copies of the right size; the handle keeps its buffers, which need not grow again for the next answer.
            return .success(HTTPResponse(status: status, headerBlock: Array(header[...]), body: Array(body[...])))
        }
        let error = CurlError(
            code: code, detail: String(cString: errorText),
            systemError: Int32(truncatingIfNeeded: cove_curl_info_long(easy, CURLINFO_OS_ERRNO)),
            proxyStatus: Int(cove_curl_info_long(easy, CURLINFO_HTTP_CONNECTCODE)), wasConnected: isConnected)
        return .failure(error.awsError(origin: transfer.request.origin))
    }

    /// Makes the handle free for the next transfer.
    func release() {
        // The options for files are nobody else's.
        if reader != nil || transfer?.request.answerFile != nil { method = nil }
        transfer = nil
        reader = nil
        readError = nil
        header.removeAll(keepingCapacity: true)
        body.removeAll(keepingCapacity: body.capacity <= Self.keptCapacity)
        excess = nil
        isHeaderWhole = false
    }

    private func tooLarge(_ what: String, _ request: HTTPRequest) -> AWSError {
        AWSError(
            .unreadable, code: "ResponseTooLarge",
            message: "the answer of \(request.origin.text) is refused: \(what), the most that is accepted")
    }
}

// MARK: - Options

extension CurlEasyHandle {
    /// Sets every option anew.
    ///
    /// What libcurl would take from the environment is set here, so that it takes nothing.
    private func setUp(for method: HTTPRequest.Method) {
        curl_easy_reset(easy)
        url = ""
        self.method = method
        let context = Unmanaged.passUnretained(self).toOpaque()
        cove_curl_set_pointer(easy, CURLOPT_PRIVATE, context)
        cove_curl_set_pointer(easy, CURLOPT_WRITEDATA, context)
        cove_curl_set_pointer(easy, CURLOPT_HEADERDATA, context)
        cove_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        cove_curl_set_data_callback(easy, CURLOPT_WRITEFUNCTION) { data, size, count, context in
            guard let context, let data else { return 0 }
            let handle = Unmanaged<CurlEasyHandle>.fromOpaque(context).takeUnretainedValue()
            return handle.receiveBody(UnsafeRawBufferPointer(start: data, count: size * count))
        }
        cove_curl_set_data_callback(easy, CURLOPT_HEADERFUNCTION) { data, size, count, context in
            guard let context, let data else { return 0 }
            let handle = Unmanaged<CurlEasyHandle>.fromOpaque(context).takeUnretainedValue()
            return handle.receiveHeader(UnsafeRawBufferPointer(start: data, count: size * count))
        }
        cove_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        cove_curl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        cove_curl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        cove_curl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        cove_curl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 1)
        cove_curl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 2)
        cove_curl_set_long(easy, CURLOPT_PROTOCOLS, Int(CURLPROTO_HTTP | CURLPROTO_HTTPS))
        cove_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.wholeMilliseconds)
        cove_curl_set_offset(easy, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(configuration.maximumResponseSize))
        cove_curl_set_long(easy, CURLOPT_TCP_NODELAY, 1)
        cove_curl_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
        cove_curl_set_string(easy, CURLOPT_NOPROXY, "")
        if let bundle = configuration.caBundle {
            cove_curl_set_string(easy, CURLOPT_CAINFO, bundle)
            cove_curl_set_string(easy, CURLOPT_PROXY_CAINFO, bundle)
        }
        switch method {
        case .get: cove_curl_set_long(easy, CURLOPT_HTTPGET, 1)
        case .head: cove_curl_set_long(easy, CURLOPT_NOBODY, 1)
        case .post: cove_curl_set_long(easy, CURLOPT_POST, 1)
        case .put, .delete, .patch: cove_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, method.rawValue)
        }
    }

    private func setHeaders(of request: HTTPRequest) {
        curl_slist_free_all(lines)
        lines = nil
        for field in request.headers.fields {
            line.removeAll(keepingCapacity: true)
            line.append(contentsOf: field.name.utf8)
            // An empty value is written with a semicolon: libcurl takes a line that ends in a colon for a removal.
            line.append(contentsOf: (field.value.isEmpty ? ";" : ": ").utf8)
            line.append(contentsOf: field.value.utf8)
            line.append(0)
            line.withUnsafeBytes { bytes in
                lines = curl_slist_append(lines, bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
            }
        }
        // libcurl would say of any body that it is a form.
        if !request.payload.isEmpty, request.headers["content-type"] == nil {
            lines = curl_slist_append(lines, "Content-Type:")
        }
        // libcurl would ask for leave to send a large body and wait for it; a file is worth that.
        if request.bodyFile == nil, request.body.count > 1_023 { lines = curl_slist_append(lines, "Expect:") }
        cove_curl_set_headers(easy, lines)
    }

    /// Copies the body to where it stays until the transfer has ended: libcurl reads it when the socket has room.
    private func setBody(_ body: [UInt8]) {
        guard method != .get, method != .head, !(body.isEmpty && method != .post) else { return }
        if sending.count < body.count {
            sending.deallocate()
            sending = .allocate(byteCount: max(body.count, 2 * sending.count), alignment: 1)
        }
        sending.copyBytes(from: body)
        cove_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
        cove_curl_set_pointer(easy, CURLOPT_POSTFIELDS, sending.baseAddress)
    }
}

// MARK: - A body from a file

extension CurlEasyHandle {
    /// Lets libcurl read the body from a file, from its start again when a connection turns out to be closed.
    private func setBody(_ file: BodyFile) {
        do { reader = try BodyFileReader(file) } catch { readError = error as? AWSError }
        let context = Unmanaged.passUnretained(self).toOpaque()
        cove_curl_set_long(easy, CURLOPT_POST, 1)
        if let method { cove_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, method.rawValue) }
        cove_curl_set_pointer(easy, CURLOPT_POSTFIELDS, nil)
        cove_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(file.size))
        cove_curl_set_pointer(easy, CURLOPT_READDATA, context)
        cove_curl_set_pointer(easy, CURLOPT_SEEKDATA, context)
        cove_curl_set_data_callback(easy, CURLOPT_READFUNCTION) { room, size, count, context in
            guard let context, let room else { return cove_curl_read_abort() }
            let handle = Unmanaged<CurlEasyHandle>.fromOpaque(context).takeUnretainedValue()
            return handle.fill(UnsafeMutableRawBufferPointer(start: room, count: size * count))
        }
        cove_curl_set_seek_callback(easy) { context, offset, _ in
            guard let context else { return CURL_SEEKFUNC_FAIL }
            let handle = Unmanaged<CurlEasyHandle>.fromOpaque(context).takeUnretainedValue()
            return handle.reader?.seek(to: Int(offset)) == true ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
        }
    }

    private func fill(_ room: UnsafeMutableRawBufferPointer) -> Int {
        heard = true
        guard let reader, let transfer else { return cove_curl_read_abort() }
        let count = reader.read(into: room)
        guard count >= 0 else {
            readError = BodyFile.unreadable(transfer.request.bodyFile?.path ?? "", "the disk fails")
            return cove_curl_read_abort()
        }
        return count
    }
}

// MARK: - Callbacks

extension CurlEasyHandle {
    /// Takes a part of the body; any other number than its length makes libcurl give up.
    private func receiveBody(_ data: UnsafeRawBufferPointer) -> Int {
        heard = true
        if let file = transfer?.request.answerFile, isSuccess {
            guard file.write(data) else {
                excess = .disk
                return -1
            }
            return data.count
        }
        guard body.count + data.count <= configuration.maximumResponseSize else {
            excess = .body
            return -1
        }
        body.append(contentsOf: data)
        return data.count
    }

    private var isSuccess: Bool { (200..<300).contains(cove_curl_info_long(easy, CURLINFO_RESPONSE_CODE)) }

    /// Takes a line of the header; a status line begins another (the one before was a provisional answer's).
    private func receiveHeader(_ line: UnsafeRawBufferPointer) -> Int {
        heard = true
        if line.count > 5, line[4] == UInt8(ascii: "/"), line.prefix(5).elementsEqual("HTTP/".utf8) {
            header.removeAll(keepingCapacity: true)
            isHeaderWhole = false
            return line.count
        }
        guard header.count + line.count <= configuration.maximumHeaderSize else {
            excess = .header
            return -1
        }
        if line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n") {
            isHeaderWhole = true
        } else {
            header.append(contentsOf: line)
        }
        return line.count
    }
}

extension Duration {
    /// The duration in milliseconds, at least 1, as libcurl takes a timeout (0 would be its default).
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 1 << 31 else { return 1 << 40 }
        return max(1, Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}

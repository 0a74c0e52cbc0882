// SPDX-License-Identifier: Apache-2.0

internal import CExpat
internal import Synchronization

/// Reads an XML document with expat into a tree.
///
/// A document type declaration is refused, and with it every entity but the five of XML itself; so is a document that
/// nests deeper than 64 levels or has more than 1,000,000 elements. AWS sends neither.
final class XMLReader: @unchecked Sendable {
    // Sendable: a reader is used by whoever took it out of the pool, and by nobody else meanwhile.

    /// How deep elements may nest.
    static let maximumDepth = 64
    /// How many elements a document may have.
    static let maximumElements = 1_000_000

    private let parser: XML_Parser
    private var open: [XMLElement] = []
    private var text: [UInt8] = []
    private var elements = 0
    private var root: XMLElement?
    private var refusal: String?

    /// Protects expat's tables against names chosen to collide; drawn once, since expat would ask the kernel every time.
    private static let salt = UInt.random(in: 1...UInt.max)

    /// Readers that are free: a parser's buffers cost more to make than a small document costs to read.
    private static let pool = Mutex<[XMLReader]>([])
    private static let poolLimit = 16

    private init(_ parser: XML_Parser) { self.parser = parser }

    deinit { XML_ParserFree(parser) }

    /// The root element of the document in the bytes.
    static func read(_ bytes: [UInt8]) throws(CodecError) -> XMLElement {
        let pooled = pool.withLock { $0.popLast() }
        guard let reader = pooled ?? XML_ParserCreate("UTF-8").map(XMLReader.init) else {
            throw CodecError("expat has no memory", at: 0)
        }
        defer {
            if reader.reset() {
                pool.withLock { pool in
                    if pool.count < poolLimit { pool.append(reader) }
                }
            }
        }
        reader.install()
        return try reader.parse(bytes)
    }

    /// Forgets the document; false when the parser cannot be used again.
    private func reset() -> Bool {
        open.removeAll(keepingCapacity: open.capacity <= Self.maximumDepth)
        text.removeAll(keepingCapacity: text.capacity <= 64 << 10)
        elements = 0
        root = nil
        refusal = nil
        return XML_ParserReset(parser, "UTF-8") == XML_Bool(XML_TRUE)
    }

    private func parse(_ bytes: [UInt8]) throws(CodecError) -> XMLElement {
        guard bytes.count <= Int(Int32.max) else { throw CodecError("larger than 2 GiB", at: 0) }
        let status = withExtendedLifetime(self) {
            bytes.withUnsafeBytes { buffer in
                XML_Parse(
                    parser, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count), 1)
            }
        }
        if let refusal { throw CodecError(refusal, at: offset) }
        guard status == XML_STATUS_OK, let root else {
            let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "not XML"
            throw CodecError(reason, at: offset)
        }
        return root
    }

    private var offset: Int { max(0, Int(XML_GetCurrentByteIndex(parser))) }

    private func install() {
        XML_SetHashSalt(parser, Self.salt)
        XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        XML_SetElementHandler(
            parser,
            { context, name, attributes in
                guard let context, let name else { return }
                Unmanaged<XMLReader>.fromOpaque(context).takeUnretainedValue().begin(name, attributes)
            },
            { context, _ in
                guard let context else { return }
                Unmanaged<XMLReader>.fromOpaque(context).takeUnretainedValue().end()
            })
        XML_SetCharacterDataHandler(parser) { context, data, count in
            guard let context, let data else { return }
            let bytes = UnsafeRawBufferPointer(start: data, count: Int(count))
            Unmanaged<XMLReader>.fromOpaque(context).takeUnretainedValue().text.append(contentsOf: bytes)
        }
        XML_SetStartDoctypeDeclHandler(parser) { context, _, _, _, _ in
            guard let context else { return }
            Unmanaged<XMLReader>.fromOpaque(context).takeUnretainedValue()
                .refuse("a document type declaration is not accepted")
        }
    }

    private func refuse(_ reason: String) {
        if refusal == nil { refusal = reason }
        XML_StopParser(parser, XML_Bool(XML_FALSE))
    }

    private func begin(
        _ name: UnsafePointer<XML_Char>, _ attributes: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?
    ) {
        // expat still tells the end of an element whose beginning stopped it.
        guard refusal == nil else { return }
        elements += 1
        if open.count >= Self.maximumDepth { return refuse("nested deeper than \(Self.maximumDepth) levels") }
        if elements > Self.maximumElements { return refuse("more than \(Self.maximumElements) elements") }
        var element = XMLElement(name: String(cString: name))
        // expat gives names and values in turn, with nothing at the end.
        var index = 0
        while let attributes, let key = attributes[index], let value = attributes[index + 1] {
            element.attributes.append(XMLElement.Attribute(name: String(cString: key), value: String(cString: value)))
            index += 2
        }
        open.append(element)
        text.removeAll(keepingCapacity: true)
    }

    private func end() {
        guard refusal == nil, var element = open.popLast() else { return }
        if element.children.isEmpty { element.text = String(decoding: text, as: UTF8.self) }
        text.removeAll(keepingCapacity: true)
        if open.isEmpty {
            root = element
        } else {
            if open[open.count - 1].children.isEmpty { open[open.count - 1].children.reserveCapacity(4) }
            open[open.count - 1].children.append(element)
        }
    }
}

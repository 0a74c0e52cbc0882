// SPDX-License-Identifier: Apache-2.0

import CZlib
import Testing

@testable import CoveAWS

/// A service of every kind of type, in each protocol.
struct WireModel: Sendable {
    let wire: ServiceMetadata.Wire

    static let all = ServiceMetadata.Wire.allCases.map { WireModel(wire: $0) }

    /// The model's document.
    var text: String {
        """
        {"version":"2.0","metadata":{"apiVersion":"2026-01-01","endpointPrefix":"wire","protocols":["\(wire.rawValue)"],\
        "serviceId":"Wire","signatureVersion":"v4","jsonVersion":"1.1","targetPrefix":"Wire"},\
        "operations":{"Get":{"name":"Get","http":{"method":"GET","requestUri":"/{Key}?x=1"},"input":{"shape":"In"},\
        "output":{"shape":"Out","resultWrapper":"GetResult"},"errors":[{"shape":"Gone"}]}},\
        "shapes":{"In":{"type":"structure","required":["Key"],"members":{"Key":{"shape":"Text","location":"uri","locationName":"Key"}}},\
        "Out":{"type":"structure","members":{"Tag":{"shape":"Text","location":"header","locationName":"x-tag"},\
        "Size":{"shape":"Long","location":"header","locationName":"x-size"},"When":{"shape":"Time","location":"header","locationName":"x-when"},\
        "Flags":{"shape":"Flags","location":"header","locationName":"x-flags"},"Meta":{"shape":"Map","location":"headers","locationName":"x-meta-"},\
        "Items":{"shape":"Items"},"Map":{"shape":"Map"},"Blob":{"shape":"Blob"},"Time":{"shape":"Time"},"Real":{"shape":"Real"},\
        "Whole":{"shape":"Long"},"Truth":{"shape":"Truth"},"Flat":{"shape":"Flags","flattened":true},"Choice":{"shape":"Choice"}}},\
        "Items":{"type":"list","member":{"shape":"Item","locationName":"item"}},\
        "Item":{"type":"structure","members":{"Name":{"shape":"Text"},"Items":{"shape":"Items"}}},\
        "Choice":{"type":"structure","union":true,"members":{"A":{"shape":"Text"},"B":{"shape":"Long"}}},\
        "Gone":{"type":"structure","exception":true,"members":{"Message":{"shape":"Text"},"Since":{"shape":"Time"}}},\
        "Map":{"type":"map","key":{"shape":"Text"},"value":{"shape":"Text"}},"Flags":{"type":"list","member":{"shape":"Truth"}},\
        "Text":{"type":"string"},"Long":{"type":"long"},"Real":{"type":"double"},"Blob":{"type":"blob"},"Truth":{"type":"boolean"},\
        "Time":{"type":"timestamp"}}}
        """
    }

    /// The service's only operation.
    func operation() throws -> (OperationModel, ServiceMetadata) {
        let model = try ServiceModel(name: "wire", Array(text.utf8))
        return (try #require(try model.operation("Get")), model.metadata)
    }

    /// An answer and an error of the operation, bodies in the protocol's form.
    var bodies: [[UInt8]] {
        let value: AWSValue = [
            "Items": [["Name": "a", "Items": [["Name": "é"]]], ["Name": ""]], "Map": ["k": "v", "l": "w"],
            "Blob": "AAEC",
            "Time": 1_795_219_199.5, "Real": -1.5e3, "Whole": 42, "Truth": true, "Flat": [true, false],
            "Choice": ["A": "x"],
        ]
        let fault: AWSValue = ["__type": "com.wire#Gone", "Message": "it is gone", "Since": 1_795_219_199]
        switch wire {
        case .json, .restJSON: return [value, fault].map { Array($0.jsonText().utf8) }
        case .cbor: return [value, fault].map(Self.cbor)
        case .query, .ec2:
            return ["<GetResponse><GetResult>\(Self.members)</GetResult></GetResponse>", Self.xmlFault].map {
                Array($0.utf8)
            }
        case .restXML: return ["<Out>\(Self.members)</Out>", Self.xmlFault].map { Array($0.utf8) }
        }
    }

    private static let members = """
        <Items><item><Name>a</Name><Items><item><Name>é</Name></item></Items></item><item><Name/></item></Items>\
        <Map><entry><key>k</key><value>v</value></entry></Map><Blob>AAEC</Blob><Time>2026-11-21T00:00:00.5Z</Time>\
        <Real>-1.5e3</Real><Whole>42</Whole><Truth>true</Truth><Flat>true</Flat><Flat>false</Flat><Choice><A>x</A></Choice>
        """
    private static let xmlFault = """
        <ErrorResponse><Error><Code>Gone</Code><Message>m</Message><Since>1795219199</Since></Error>\
        <RequestId>1</RequestId></ErrorResponse>
        """

    private static func cbor(_ value: AWSValue) -> [UInt8] {
        var writer = CBORWriter()
        write(value, to: &writer)
        return writer.bytes
    }

    private static func write(_ value: AWSValue, to writer: inout CBORWriter) {
        switch value {
        case .integer(let number): writer.integer(number)
        case .double(let number): writer.double(number)
        case .bool(let truth): writer.bool(truth)
        case .string(let text): writer.text(text)
        case .list(let elements):
            writer.head(.array, UInt64(elements.count))
            for element in elements { write(element, to: &writer) }
        case .structure(let members):
            writer.head(.map, UInt64(members.count))
            for member in members {
                writer.text(member.name)
                write(member.value, to: &writer)
            }
        case .null, .blob, .timestamp: writer.null()
        }
    }
}

/// Bytes as gzip packs them.
enum Packed {
    static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        var stream = z_stream()
        // 16 + 15: a gzip member with the largest window (zlib.h).
        let size = Int32(MemoryLayout<z_stream>.size)
        try #require(deflateInit2_(&stream, 9, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK)
        defer { deflateEnd(&stream) }
        var bytes = bytes
        var packed = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        let count = packed.count
        let status = bytes.withUnsafeMutableBufferPointer { input in
            packed.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        try #require(status == Z_STREAM_END)
        return Array(packed[..<(count - Int(stream.avail_out))])
    }
}

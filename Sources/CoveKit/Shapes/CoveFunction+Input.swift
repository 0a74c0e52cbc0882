// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWorker
import FoundationEssentials

extension CoveFunction {
    /// How many problems of an input are told.
    private static var mostProblems: Int { 20 }

    /// What is wrong with an input, in sentences; empty when the function takes it.
    ///
    /// - Parameter input: nil where none was given.
    func problems(of input: JSONText?) -> [String] {
        guard takesInput else {
            return input == nil ? [] : ["the function \(name) takes no input, and one was given"]
        }
        let shape = ValueShape.of(CoveFunctionInput.self)
        let bytes = Data(input?.utf8 ?? Array("{}".utf8))
        guard let value = try? JSONDecoder().decode(ShapedValue.self, from: bytes) else {
            return ["input: found what cannot be read, expected \(shape)"]
        }
        let problems = value.problems(against: shape, at: "input")
        if problems.count > Self.mostProblems {
            return problems.prefix(Self.mostProblems) + ["and \(problems.count - Self.mostProblems) more"]
        }
        if !problems.isEmpty { return problems }
        do {
            _ = try JSONDecoder().decode(CoveFunctionInput.self, from: bytes)
            return []
        } catch let error as DecodingError {
            return [Self.sentence(error)]
        } catch {
            return ["input: \(error)"]
        }
    }

    /// The function as a worker calls it.
    var native: FunctionRegistry.NativeFunction {
        { session, input in
            let value: CoveFunctionInput
            do {
                value = try JSONDecoder().decode(
                    CoveFunctionInput.self, from: Data(input?.utf8 ?? Array("{}".utf8)))
            } catch let error as DecodingError {
                throw Failure(type: "InvalidInput", message: Self.sentence(error), isRetryable: false)
            }
            return try coding.encode(try await call(session, value))
        }
    }

    /// What a type says of an input that has its shape and yet does not fit.
    private static func sentence(_ error: DecodingError) -> String {
        let context: DecodingError.Context? =
            switch error {
            case .keyNotFound(let key, let context):
                DecodingError.Context(
                    codingPath: context.codingPath + [key], debugDescription: "found nothing, expected a value")
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): context
            @unknown default: nil
            }
        let path = (context?.codingPath ?? []).map { key in
            key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)"
        }
        let cause = context?.underlyingError.map { " (\($0))" } ?? ""
        return "input\(path.joined()): \(context?.debugDescription ?? "not readable")\(cause)"
    }
}

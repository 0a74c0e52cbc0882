// SPDX-License-Identifier: Apache-2.0

/// Machine Learning Predict: each model has an endpoint of its own, which the input names.
struct PredictionEndpoint: CallQuirk {
    func complete(_ request: inout RequestParts) throws {
        let input = AWSValue(json: try JSONReader.read(request.body))
        request.origin = try input["PredictEndpoint"].string.map { try HTTPOrigin($0) }
    }
}

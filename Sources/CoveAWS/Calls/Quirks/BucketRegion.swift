// SPDX-License-Identifier: Apache-2.0

/// S3: a bucket that is in another region than the client is refused with a hint where it is.
struct BucketRegion: CallQuirk {
    let operation: String

    func redirect(_ response: HTTPResponse, _ fault: ServiceFault) -> Redirect? {
        let region = response.header("x-amz-bucket-region")
        let root = try? XMLReader.read(response.body)
        let named = root?["Region"]?.text
        // A request of the method HEAD is refused without a word.
        let isSilent = fault.code == "301" || fault.code == "400"
        let isElsewhere =
            [301, 302, 307].contains(response.status) || fault.code == "PermanentRedirect"
            || (isSilent && operation == "HeadObject") || (isSilent && operation == "HeadBucket" && region != nil)
            || (fault.code == "AuthorizationHeaderMalformed" && named != nil)
            || (fault.code == "IllegalLocationConstraintException" && operation != "CreateBucket")
        guard isElsewhere else { return nil }
        return (region ?? named).map { .region($0) } ?? .unknown
    }
}

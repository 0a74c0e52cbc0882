// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

struct ServiceEndpointTests {
    /// What botocore 1.44.5 sends to and signs for, read from its requests: service, region, settings, URL, signing region.
    private static let botocore: [(String, String?, String, String, String)] = [
        ("sts", "aws-global", "", "https://sts.amazonaws.com", "us-east-1"),
        ("sts", "aws-global", "legacy", "https://sts.amazonaws.com", "us-east-1"),
        ("sts", "us-east-1", "", "https://sts.us-east-1.amazonaws.com", "us-east-1"),
        ("sts", "us-east-1", "legacy", "https://sts.amazonaws.com", "us-east-1"),
        ("sts", "us-west-2", "", "https://sts.us-west-2.amazonaws.com", "us-west-2"),
        ("sts", "us-west-2", "legacy", "https://sts.amazonaws.com", "us-east-1"),
        ("sts", "eu-west-1", "", "https://sts.eu-west-1.amazonaws.com", "eu-west-1"),
        ("sts", "eu-west-1", "legacy", "https://sts.amazonaws.com", "us-east-1"),
        ("sts", "me-south-1", "", "https://sts.me-south-1.amazonaws.com", "me-south-1"),
        ("sts", "me-south-1", "legacy", "https://sts.me-south-1.amazonaws.com", "me-south-1"),
        ("sts", "ap-southeast-7", "", "https://sts.ap-southeast-7.amazonaws.com", "ap-southeast-7"),
        ("sts", "ap-southeast-7", "legacy", "https://sts.ap-southeast-7.amazonaws.com", "ap-southeast-7"),
        ("sts", "cn-north-1", "", "https://sts.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("sts", "cn-north-1", "legacy", "https://sts.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("sts", "us-gov-east-1", "", "https://sts.us-gov-east-1.amazonaws.com", "us-gov-east-1"),
        ("sts", "us-gov-east-1", "legacy", "https://sts.us-gov-east-1.amazonaws.com", "us-gov-east-1"),
        ("sts", "us-iso-west-1", "", "https://sts.us-iso-west-1.c2s.ic.gov", "us-iso-west-1"),
        ("sts", "us-iso-west-1", "legacy", "https://sts.us-iso-west-1.c2s.ic.gov", "us-iso-west-1"),
        ("sts", "us-isob-east-1", "", "https://sts.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
        ("sts", "us-isob-east-1", "legacy", "https://sts.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
        ("sts", "eu-isoe-west-1", "", "https://sts.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"),
        ("sts", "eu-isoe-west-1", "legacy", "https://sts.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"),
        ("sts", "us-isof-south-1", "", "https://sts.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"),
        ("sts", "us-isof-south-1", "legacy", "https://sts.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"),
        ("sts", "eusc-de-east-1", "", "https://sts.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ("sts", "eusc-de-east-1", "legacy", "https://sts.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ("sts", "us-nowhere-9", "", "https://sts.us-nowhere-9.amazonaws.com", "us-nowhere-9"),
        ("sts", "us-nowhere-9", "legacy", "https://sts.us-nowhere-9.amazonaws.com", "us-nowhere-9"),
        ("sts", "xx-made-up-1", "", "https://sts.xx-made-up-1.amazonaws.com", "xx-made-up-1"),
        ("sts", "xx-made-up-1", "legacy", "https://sts.xx-made-up-1.amazonaws.com", "xx-made-up-1"),
        ("sts", nil, "", "https://sts.amazonaws.com", "us-east-1"),
        ("sts", nil, "legacy", "https://sts.amazonaws.com", "us-east-1"),
        ("sts", "us-east-1", "fips", "https://sts-fips.us-east-1.amazonaws.com", "us-east-1"),
        ("sts", "us-east-1", "dual", "https://sts.us-east-1.api.aws", "us-east-1"),
        ("sts", "us-east-1", "fips dual", "https://sts-fips.us-east-1.api.aws", "us-east-1"),
        ("sts", "eu-west-1", "fips", "https://sts-fips.eu-west-1.amazonaws.com", "eu-west-1"),
        ("sts", "eu-west-1", "dual", "https://sts.eu-west-1.api.aws", "eu-west-1"),
        ("sts", "eu-west-1", "fips dual", "https://sts-fips.eu-west-1.api.aws", "eu-west-1"),
        ("sts", "cn-north-1", "fips", "https://sts-fips.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("sts", "cn-north-1", "dual", "https://sts.cn-north-1.api.amazonwebservices.com.cn", "cn-north-1"),
        ("sts", "cn-north-1", "fips dual", "https://sts-fips.cn-north-1.api.amazonwebservices.com.cn", "cn-north-1"),
        ("sts", "us-gov-east-1", "fips", "https://sts.us-gov-east-1.amazonaws.com", "us-gov-east-1"),
        ("sts", "us-gov-east-1", "dual", "https://sts.us-gov-east-1.api.aws", "us-gov-east-1"),
        ("sts", "us-gov-east-1", "fips dual", "https://sts-fips.us-gov-east-1.api.aws", "us-gov-east-1"),
        ("sts", "us-iso-east-1", "fips", "https://sts-fips.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
        ("sts", "us-iso-east-1", "dual", "https://sts.us-iso-east-1.api.aws.ic.gov", "us-iso-east-1"),
        ("sts", "us-iso-east-1", "fips dual", "https://sts-fips.us-iso-east-1.api.aws.ic.gov", "us-iso-east-1"),
        ("sts", "eusc-de-east-1", "fips", "https://sts-fips.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ("sts", "eusc-de-east-1", "dual", "https://sts.eusc-de-east-1.api.amazonwebservices.eu", "eusc-de-east-1"),
        (
            "sts", "eusc-de-east-1", "fips dual", "https://sts-fips.eusc-de-east-1.api.amazonwebservices.eu",
            "eusc-de-east-1"
        ),
        ("sts", "aws-global", "fips", "https://sts-fips.aws-global.amazonaws.com", "us-east-1"),
        ("sts", "aws-global", "dual", "https://sts.aws-global.api.aws", "us-east-1"),
        ("sts", "aws-global", "fips dual", "https://sts-fips.aws-global.api.aws", "us-east-1"),
        ("organizations", "aws-global", "", "https://organizations.us-east-1.amazonaws.com", "us-east-1"),
        ("organizations", "us-east-1", "", "https://organizations.us-east-1.amazonaws.com", "us-east-1"),
        ("organizations", "us-west-2", "", "https://organizations.us-east-1.amazonaws.com", "us-east-1"),
        ("organizations", "eu-west-1", "", "https://organizations.us-east-1.amazonaws.com", "us-east-1"),
        ("organizations", "me-south-1", "", "https://organizations.us-east-1.amazonaws.com", "us-east-1"),
        ("organizations", "ap-southeast-7", "", "https://organizations.us-east-1.amazonaws.com", "us-east-1"),
        ("organizations", "cn-north-1", "", "https://organizations.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"),
        ("organizations", "us-gov-east-1", "", "https://organizations.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("organizations", "us-iso-west-1", "", "https://organizations.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
        ("organizations", "us-isob-east-1", "", "https://organizations.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
        (
            "organizations", "eu-isoe-west-1", "", "https://organizations.eu-isoe-west-1.cloud.adc-e.uk",
            "eu-isoe-west-1"
        ),
        (
            "organizations", "us-isof-south-1", "", "https://organizations.us-isof-south-1.csp.hci.ic.gov",
            "us-isof-south-1"
        ),
        ("organizations", "eusc-de-east-1", "", "https://organizations.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ("organizations", "us-nowhere-9", "", "https://organizations.us-east-1.amazonaws.com", "us-east-1"),
        ("organizations", "xx-made-up-1", "", "https://organizations.us-east-1.amazonaws.com", "us-east-1"),
        ("organizations", nil, "", "https://organizations.us-east-1.amazonaws.com", "us-east-1"),
        ("organizations", "us-east-1", "fips", "https://organizations-fips.us-east-1.amazonaws.com", "us-east-1"),
        ("organizations", "us-east-1", "dual", "https://organizations.us-east-1.api.aws", "us-east-1"),
        ("organizations", "us-east-1", "fips dual", "https://organizations-fips.us-east-1.api.aws", "us-east-1"),
        ("organizations", "eu-west-1", "fips", "https://organizations-fips.us-east-1.amazonaws.com", "us-east-1"),
        ("organizations", "eu-west-1", "dual", "https://organizations.us-east-1.api.aws", "us-east-1"),
        ("organizations", "eu-west-1", "fips dual", "https://organizations-fips.us-east-1.api.aws", "us-east-1"),
        (
            "organizations", "cn-north-1", "fips", "https://organizations-fips.cn-northwest-1.amazonaws.com.cn",
            "cn-northwest-1"
        ),
        (
            "organizations", "cn-north-1", "dual", "https://organizations.cn-northwest-1.api.amazonwebservices.com.cn",
            "cn-northwest-1"
        ),
        (
            "organizations", "cn-north-1", "fips dual",
            "https://organizations-fips.cn-northwest-1.api.amazonwebservices.com.cn", "cn-northwest-1"
        ),
        (
            "organizations", "us-gov-east-1", "fips", "https://organizations.us-gov-west-1.amazonaws.com",
            "us-gov-west-1"
        ),
        ("organizations", "us-gov-east-1", "dual", "https://organizations.us-gov-west-1.api.aws", "us-gov-west-1"),
        ("organizations", "us-gov-east-1", "fips dual", "https://organizations.us-gov-west-1.api.aws", "us-gov-west-1"),
        (
            "organizations", "us-iso-east-1", "fips", "https://organizations-fips.us-iso-east-1.c2s.ic.gov",
            "us-iso-east-1"
        ),
        (
            "organizations", "us-iso-east-1", "dual", "https://organizations.us-iso-east-1.api.aws.ic.gov",
            "us-iso-east-1"
        ),
        (
            "organizations", "us-iso-east-1", "fips dual", "https://organizations-fips.us-iso-east-1.api.aws.ic.gov",
            "us-iso-east-1"
        ),
        (
            "organizations", "eusc-de-east-1", "fips", "https://organizations-fips.eusc-de-east-1.amazonaws.eu",
            "eusc-de-east-1"
        ),
        (
            "organizations", "eusc-de-east-1", "dual", "https://organizations.eusc-de-east-1.api.amazonwebservices.eu",
            "eusc-de-east-1"
        ),
        (
            "organizations", "eusc-de-east-1", "fips dual",
            "https://organizations-fips.eusc-de-east-1.api.amazonwebservices.eu", "eusc-de-east-1"
        ),
        ("organizations", "aws-global", "fips", "https://organizations-fips.us-east-1.amazonaws.com", "us-east-1"),
        ("organizations", "aws-global", "dual", "https://organizations.us-east-1.api.aws", "us-east-1"),
        ("organizations", "aws-global", "fips dual", "https://organizations-fips.us-east-1.api.aws", "us-east-1"),
    ]

    @Test func `endpoints and signing regions are botocore's`() throws {
        for (service, region, settings, url, signingRegion) in Self.botocore {
            var configuration = AWSConfiguration(region: region)
            configuration.useFIPS = settings.contains("fips")
            configuration.useDualStack = settings.contains("dual")
            if settings == "legacy" { configuration.stsRegionalEndpoints = .legacy }
            let endpoint: ServiceEndpoint =
                service == "sts" ? try .sts(configuration) : try .organizations(configuration)
            let name = "\(service) \(region ?? "nil") \(settings)"
            #expect(endpoint.origin.text == url, "\(name)")
            #expect(endpoint.scope == SigningScope(region: signingRegion, service: service), "\(name)")
        }
        #expect(Self.botocore.count == 90)
    }

    @Test func `a configured endpoint is taken as it is and signed for the region, as botocore does`() throws {
        let environment = [
            "AWS_ENDPOINT_URL": "http://127.0.0.1:5000/pre", "AWS_ENDPOINT_URL_STS": "https://sts.example",
        ]
        for (region, signed) in [("eu-west-1", "eu-west-1"), ("cn-north-1", "cn-north-1"), (nil, "us-east-1")] {
            var configuration = AWSConfiguration(region: region)
            configuration.endpoints = ConfiguredEndpoints(environment: environment)
            let organizations = try ServiceEndpoint.organizations(configuration)
            #expect(organizations.origin.text == "http://127.0.0.1:5000")
            #expect(organizations.origin.basePath == "/pre")
            #expect(organizations.scope.region == signed)
            let sts = try ServiceEndpoint.sts(configuration)
            #expect(sts.origin.text == "https://sts.example")
            #expect(sts.scope.region == signed)
        }
    }

    @Test func `a configured endpoint excludes FIPS and dual-stack`() {
        var configuration = AWSConfiguration(region: "eu-west-1")
        configuration.endpoints = ConfiguredEndpoints(environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:5000"])
        configuration.useFIPS = true
        #expect(throws: AWSError.self) { try ServiceEndpoint.sts(configuration) }
        configuration.useFIPS = false
        configuration.useDualStack = true
        #expect(throws: AWSError.self) { try ServiceEndpoint.organizations(configuration) }
    }

    @Test(arguments: ["", "eu west", "eu-west-1.evil.example", "eu/west", "-eu", "é"])
    func `a region that cannot be part of a host name is refused`(_ region: String) {
        let error = #expect(throws: AWSError.self) { try ServiceEndpoint.sts(AWSConfiguration(region: region)) }
        #expect(error?.code == "InvalidRegion")
    }
}

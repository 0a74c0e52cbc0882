// SPDX-License-Identifier: Apache-2.0

/// The operations that Cove itself needs, described as botocore's models describe them, so that it works where there are no
/// models.
enum BuiltInModel {
    /// AWS STS, API version 2011-06-15.
    static let sts = Result { try ServiceModel(name: "sts", Array(stsText.utf8)) }
    /// AWS Organizations, API version 2016-11-28.
    static let organizations = Result { try ServiceModel(name: "organizations", Array(organizationsText.utf8)) }

    /// The plan of an operation that is described here.
    static func plan(_ name: String, of model: Result<ServiceModel, any Error>) -> Result<CallPlan, any Error> {
        Result {
            let model = try model.get()
            guard let operation = try model.operation(name) else {
                throw ServiceModel.unreadable(model.name, "there is no operation \(name)")
            }
            return CallPlan(operation, model.metadata)
        }
    }

    private static let stsText = """
        {"metadata": {
          "protocol": "query", "apiVersion": "2011-06-15", "endpointPrefix": "sts", "serviceId": "STS",
          "xmlNamespace": "https://sts.amazonaws.com/doc/2011-06-15/"},
        "operations": {
          "AssumeRole": {
            "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "AssumeRoleRequest"},
            "output": {"shape": "AssumeRoleResponse", "resultWrapper": "AssumeRoleResult"}},
          "GetCallerIdentity": {
            "http": {"method": "POST", "requestUri": "/"},
            "output": {"shape": "GetCallerIdentityResponse", "resultWrapper": "GetCallerIdentityResult"}}},
        "shapes": {
          "AssumeRoleRequest": {"type": "structure", "members": {
            "RoleArn": {"shape": "Text"}, "RoleSessionName": {"shape": "Text"}, "PolicyArns": {"shape": "Policies"},
            "Policy": {"shape": "Text"}, "DurationSeconds": {"shape": "Number"}, "ExternalId": {"shape": "Text"},
            "SerialNumber": {"shape": "Text"}, "TokenCode": {"shape": "Text"}}},
          "AssumeRoleResponse": {"type": "structure", "members": {
            "Credentials": {"shape": "Credentials"}, "AssumedRoleUser": {"shape": "AssumedRoleUser"},
            "PackedPolicySize": {"shape": "Number"}}},
          "AssumedRoleUser": {"type": "structure", "members": {
            "AssumedRoleId": {"shape": "Text"}, "Arn": {"shape": "Text"}}},
          "Credentials": {"type": "structure", "members": {
            "AccessKeyId": {"shape": "Text"}, "SecretAccessKey": {"shape": "Text"}, "SessionToken": {"shape": "Text"},
            "Expiration": {"shape": "Moment"}}},
          "GetCallerIdentityResponse": {"type": "structure", "members": {
            "UserId": {"shape": "Text"}, "Account": {"shape": "Text"}, "Arn": {"shape": "Text"}}},
          "Policies": {"type": "list", "member": {"shape": "Policy"}},
          "Policy": {"type": "structure", "members": {"arn": {"shape": "Text"}}},
          "Moment": {"type": "timestamp"}, "Number": {"type": "integer"}, "Text": {"type": "string"}}}
        """

    private static let organizationsText = """
        {"metadata": {
          "protocol": "json", "jsonVersion": "1.1", "apiVersion": "2016-11-28", "endpointPrefix": "organizations",
          "serviceId": "Organizations", "targetPrefix": "AWSOrganizationsV20161128"},
        "operations": {
          "ListAccounts": {
            "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "ListAccountsRequest"},
            "output": {"shape": "ListAccountsResponse"}},
          "ListChildren": {
            "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "ListChildrenRequest"},
            "output": {"shape": "ListChildrenResponse"}}},
        "shapes": {
          "ListAccountsRequest": {"type": "structure", "members": {"NextToken": {"shape": "Text"}}},
          "ListAccountsResponse": {"type": "structure", "members": {
            "Accounts": {"shape": "Accounts"}, "NextToken": {"shape": "Text"}}},
          "ListChildrenRequest": {"type": "structure", "members": {
            "ParentId": {"shape": "Text"}, "ChildType": {"shape": "Text"}, "NextToken": {"shape": "Text"}}},
          "ListChildrenResponse": {"type": "structure", "members": {
            "Children": {"shape": "Children"}, "NextToken": {"shape": "Text"}}},
          "Accounts": {"type": "list", "member": {"shape": "Account"}},
          "Account": {"type": "structure", "members": {
            "Id": {"shape": "Text"}, "Arn": {"shape": "Text"}, "Email": {"shape": "Text"}, "Name": {"shape": "Text"},
            "Status": {"shape": "Text"}, "State": {"shape": "Text"}}},
          "Children": {"type": "list", "member": {"shape": "Child"}},
          "Child": {"type": "structure", "members": {"Id": {"shape": "Text"}, "Type": {"shape": "Text"}}},
          "Text": {"type": "string"}}}
        """
}

# SPDX-License-Identifier: Apache-2.0
"""The calls that boto3 and Cove both make, service by service in order, on accounts that are equal and fresh.

A text such as `${user}` in an input stands for what an earlier answer of the same side gave: `keep` names it, by its
path. A wrong call is refused by the service, an invalid one before it is sent. `drawn` names members that moto draws at
random and that no rule of call_comparison.py covers.
"""

import dataclasses
import json


@dataclasses.dataclass
class Call:
    """An operation and its input, with the size of its pages if given; of the scenario's service if none is named."""

    operation: str
    input: dict = dataclasses.field(default_factory=dict)
    keep: dict[str, str] = dataclasses.field(default_factory=dict)
    page_size: int | None = None
    is_wrong: bool = False
    is_invalid: bool = False
    service: str | None = None
    drawn: tuple[str, ...] = ()


def call(operation, **input):
    return Call(operation, input)


def keep(call, **paths):
    return dataclasses.replace(call, keep=paths)


def of(service, call):
    return dataclasses.replace(call, service=service)


def drawing(call, *members):
    return dataclasses.replace(call, drawn=members)


def pages(operation, page_size, **input):
    return Call(operation, input, page_size=page_size)


def wrong(operation, **input):
    return Call(operation, input, is_wrong=True)


def invalid(operation, **input):
    return Call(operation, input, is_invalid=True)


TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
})
POLICY = json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b"}]
})
TAGS = [{"Key": "team", "Value": "näher & <weit> \"x\""}, {"Key": "empty", "Value": ""}]
KEYED = [{"key": "team", "value": "blue"}]
TEMPLATE = json.dumps({
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "of-the-stack"}}}
})
MACHINE = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Pass", "End": True}}})

# query
IAM = [
    *(call("CreateUser", UserName=name, Path="/people/", Tags=TAGS) for name in ("ada", "bob", "cem", "dov", "eve")),
    pages("ListUsers", 2),
    call("GetUser", UserName="ada"),
    call("UpdateUser", UserName="eve", NewUserName="eva"),
    call("CreateGroup", GroupName="readers"),
    call("AddUserToGroup", GroupName="readers", UserName="ada"),
    call("GetGroup", GroupName="readers"),
    call("CreateRole", RoleName="auditor", Path="/own/", AssumeRolePolicyDocument=TRUST, Description="é"),
    call("PutRolePolicy", RoleName="auditor", PolicyName="inline", PolicyDocument=POLICY),
    call("GetRolePolicy", RoleName="auditor", PolicyName="inline"),
    pages("ListRoles", 1, PathPrefix="/own/"),
    keep(call("CreatePolicy", PolicyName="lists", PolicyDocument=POLICY), policy="Policy.Arn"),
    call("AttachUserPolicy", UserName="ada", PolicyArn="${policy}"),
    call("ListAttachedUserPolicies", UserName="ada"),
    pages("ListUserTags", 1, UserName="ada"),
    call("DeleteUser", UserName="bob"),
    call("TagUser", UserName="cem", Tags=[{"Key": "k", "Value": "v"}]),
    call("DetachUserPolicy", UserName="ada", PolicyArn="${policy}"),
    call("RemoveUserFromGroup", GroupName="readers", UserName="ada"),
    call("DeleteGroup", GroupName="readers"),
    call("GetAccountSummary"),
    wrong("GetUser", UserName="nobody"),
    wrong("CreateUser", UserName="ada"),
    wrong("DeleteRole", RoleName="auditor"),
    invalid("CreateUser"),
    invalid("CreateUser", UserName=7, Nme="x"),
    invalid("ListUsers", MaxItems=0, PathPrefix=""),
]
STS = [
    call("GetCallerIdentity"),
    wrong("AssumeRole", RoleArn="arn:aws:iam::000000000000:role/x", RoleSessionName="x" * 65),
    invalid("AssumeRole", RoleArn="short"),
]
SNS = [
    keep(call("CreateTopic", Name="alarms", Attributes={"DisplayName": "Alarms"}, Tags=TAGS), topic="TopicArn"),
    *(call("CreateTopic", Name=f"topic-{n}") for n in range(3)),
    pages("ListTopics", None),
    call("SetTopicAttributes", TopicArn="${topic}", AttributeName="DisplayName", AttributeValue="Größer"),
    call("GetTopicAttributes", TopicArn="${topic}"),
    call("Publish", TopicArn="${topic}", Message="x & y\nz", MessageAttributes={
        "kind": {"DataType": "String", "StringValue": "a b"}}),
    call("ListTagsForResource", ResourceArn="${topic}"),
    call("Subscribe", TopicArn="${topic}", Protocol="email", Endpoint="a@example.com", ReturnSubscriptionArn=True),
    call("TagResource", ResourceArn="${topic}", Tags=[{"Key": "k", "Value": "v"}]),
    wrong("GetTopicAttributes", TopicArn="arn:aws:sns:us-east-1:123456789012:absent"),
]
CLOUDFORMATION = [
    call("CreateStack", StackName="stack", TemplateBody=TEMPLATE, Tags=[{"Key": "a", "Value": "b"}]),
    call("DescribeStacks", StackName="stack"),
    call("ListStackResources", StackName="stack"),
    call("GetTemplate", StackName="stack"),
    wrong("DescribeStacks", StackName="absent"),
]
AUTOSCALING = [
    call("CreateLaunchConfiguration", LaunchConfigurationName="lc", ImageId="ami-12c6146b", InstanceType="t2.micro"),
    call("CreateAutoScalingGroup", AutoScalingGroupName="group", LaunchConfigurationName="lc", MinSize=0, MaxSize=2,
         DesiredCapacity=0, AvailabilityZones=["us-east-1a"]),
    pages("DescribeAutoScalingGroups", 1),
    call("DescribeLaunchConfigurations"),
]
RDS = [
    call("CreateDBInstance", DBInstanceIdentifier="db", DBInstanceClass="db.t3.micro", Engine="postgres",
         MasterUsername="root", MasterUserPassword="hunter2!!", AllocatedStorage=10),
    pages("DescribeDBInstances", 20),
    call("CreateDBParameterGroup", DBParameterGroupName="pg", DBParameterGroupFamily="postgres13", Description="d"),
    wrong("DescribeDBInstances", DBInstanceIdentifier="absent"),
]

# ec2
EC2 = [
    keep(call("CreateVpc", CidrBlock="10.9.0.0/16", TagSpecifications=[
        {"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "a & b"}]}]), vpc="Vpc.VpcId"),
    *(call("CreateSubnet", VpcId="${vpc}", CidrBlock=f"10.9.{n}.0/24") for n in range(3)),
    pages("DescribeSubnets", None, Filters=[{"Name": "vpc-id", "Values": ["${vpc}"]}]),
    keep(call("CreateSecurityGroup", GroupName="web", Description="d", VpcId="${vpc}"), group="GroupId"),
    call("AuthorizeSecurityGroupIngress", GroupId="${group}", IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]),
    call("DescribeSecurityGroups", GroupIds=["${group}"]),
    keep(call("RunInstances", ImageId="ami-12c6146b", MinCount=2, MaxCount=2, InstanceType="t2.micro"),
         first="Instances[0].InstanceId"),
    pages("DescribeInstances", 1),
    call("StopInstances", InstanceIds=["${first}"]),
    call("CreateTags", Resources=["${first}"], Tags=[{"Key": "k", "Value": ""}]),
    call("DescribeTags"),
    call("DescribeRegions"),
    call("TerminateInstances", InstanceIds=["${first}"]),
    call("AllocateAddress", Domain="vpc"),
    wrong("DescribeInstances", InstanceIds=["i-0123456789abcdef0"]),
    wrong("DeleteVpc", VpcId="vpc-0123456789abcdef0"),
    wrong("RunInstances", ImageId="ami-12c6146b", MinCount=1, MaxCount=1, DryRun=True),
    invalid("RunInstances", MinCount="two"),
]

# json
DYNAMODB = [
    call("CreateTable", TableName="t", BillingMode="PAY_PER_REQUEST",
         AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
         KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}]),
    *(call("PutItem", TableName="t", Item={"k": {"S": f"é{n}"}, "n": {"N": f"{n}.5"}, "b": {"B": b"\x00\xff"}, "l": {
        "L": [{"BOOL": True}, {"NULL": True}]}}) for n in range(5)),
    call("GetItem", TableName="t", Key={"k": {"S": "é1"}}, ConsistentRead=True),
    pages("Scan", 2, TableName="t"),
    call("Query", TableName="t", KeyConditionExpression="k = :k", ExpressionAttributeValues={":k": {"S": "é2"}}),
    call("UpdateItem", TableName="t", Key={"k": {"S": "é1"}}, UpdateExpression="SET n = :n",
         ExpressionAttributeValues={":n": {"N": "7"}}, ReturnValues="ALL_NEW"),
    call("DescribeTable", TableName="t"),
    call("DeleteItem", TableName="t", Key={"k": {"S": "é0"}}, ReturnValues="ALL_OLD"),
    call("BatchWriteItem", RequestItems={"t": [{"PutRequest": {"Item": {"k": {"S": "z"}}}}]}),
    pages("ListTables", 1),
    wrong("GetItem", TableName="absent", Key={"k": {"S": "x"}}),
    wrong("PutItem", TableName="t", Item={"k": {"S": "é1"}}, ConditionExpression="attribute_not_exists(k)"),
    wrong("CreateTable", TableName="t", AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
          KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST"),
    invalid("PutItem", TableName="t", Item={"k": {"S": 1}}),
]
SQS = [
    keep(call("CreateQueue", QueueName="q", Attributes={"VisibilityTimeout": "5"}), queue="QueueUrl"),
    call("SendMessage", QueueUrl="${queue}", MessageBody="a & é", MessageAttributes={
        "blob": {"DataType": "Binary", "BinaryValue": b"\x01\x02"}}),
    call("ReceiveMessage", QueueUrl="${queue}", MessageAttributeNames=["All"]),
    call("GetQueueAttributes", QueueUrl="${queue}", AttributeNames=["All"]),
    pages("ListQueues", 1),
    call("TagQueue", QueueUrl="${queue}", Tags={"a": "b"}),
    call("PurgeQueue", QueueUrl="${queue}"),
    wrong("GetQueueUrl", QueueName="absent"),
]
KMS = [
    keep(call("CreateKey", Description="k", Tags=[{"TagKey": "a", "TagValue": "b"}]), key="KeyMetadata.KeyId"),
    call("CreateAlias", AliasName="alias/a", TargetKeyId="${key}"),
    pages("ListAliases", 1),
    call("DescribeKey", KeyId="${key}"),
    drawing(call("Encrypt", KeyId="${key}", Plaintext=b"\x00secret\xff"), "CiphertextBlob"),
    call("DisableKey", KeyId="${key}"),
    call("ScheduleKeyDeletion", KeyId="${key}", PendingWindowInDays=7),
    wrong("DescribeKey", KeyId="11111111-2222-3333-4444-555555555555"),
]
SSM = [
    *(call("PutParameter", Name=f"/p/{n}", Value=f"v{n} é", Type="String") for n in range(4)),
    call("GetParameter", Name="/p/1"),
    pages("GetParametersByPath", 2, Path="/p"),
    pages("DescribeParameters", 2),
    call("DeleteParameter", Name="/p/3"),
    wrong("GetParameter", Name="/p/absent"),
]
SECRETSMANAGER = [
    call("CreateSecret", Name="s", SecretString="{\"a\": \"b\"}", ClientRequestToken="1" * 36),
    call("GetSecretValue", SecretId="s"),
    pages("ListSecrets", None),
    wrong("GetSecretValue", SecretId="absent"),
]
LOGS = [
    *(call("CreateLogGroup", logGroupName=f"/g/{n}", tags={"a": "b"}) for n in range(3)),
    pages("DescribeLogGroups", 2),
    call("PutRetentionPolicy", logGroupName="/g/1", retentionInDays=7),
    call("CreateLogStream", logGroupName="/g/1", logStreamName="s"),
    pages("DescribeLogStreams", 1, logGroupName="/g/1"),
    call("PutLogEvents", logGroupName="/g/1", logStreamName="s", logEvents=[{"timestamp": 1, "message": "é"}]),
    call("DeleteLogGroup", logGroupName="/g/2"),
    wrong("CreateLogGroup", logGroupName="/g/1"),
]
EVENTS = [
    call("PutRule", Name="r", ScheduleExpression="rate(5 minutes)", State="DISABLED"),
    call("PutTargets", Rule="r", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:123456789012:q", "Input": "{}"}]),
    pages("ListRules", None),
    call("DescribeRule", Name="r"),
    call("EnableRule", Name="r"),
    wrong("DescribeRule", Name="absent"),
]
STATES = [
    keep(call("CreateStateMachine", name="m", definition=MACHINE, roleArn="arn:aws:iam::123456789012:role/r"),
         machine="stateMachineArn"),
    pages("ListStateMachines", 1),
    call("DescribeStateMachine", stateMachineArn="${machine}"),
    wrong("DescribeStateMachine", stateMachineArn="arn:aws:states:us-east-1:123456789012:stateMachine:absent"),
]

# rest-json
LAMBDA = [
    wrong("GetFunction", FunctionName="absent"),
    pages("ListFunctions", 1),
    call("PublishLayerVersion", LayerName="layer", Description="é", Content={"ZipFile": b"PK\x05\x06" + bytes(18)},
         CompatibleRuntimes=["python3.12"]),
    call("ListLayers"),
]
APIGATEWAY = [
    keep(call("CreateRestApi", name="api", description="é & <x>", tags={"a": "b"}), api="id"),
    *(call("CreateApiKey", name=f"key-{n}", enabled=n > 0, value=f"abcdefghijklmnopqrst{n}") for n in range(3)),
    pages("GetRestApis", None),
    call("GetRestApi", restApiId="${api}"),
    call("UpdateRestApi", restApiId="${api}", patchOperations=[{"op": "replace", "path": "/name", "value": "new"}]),
    pages("GetResources", None, restApiId="${api}"),
    wrong("GetRestApi", restApiId="absent"),
]
EFS = [
    keep(call("CreateFileSystem", CreationToken="token", Encrypted=True), system="FileSystemId"),
    pages("DescribeFileSystems", None),
    call("TagResource", ResourceId="${system}", Tags=[{"Key": "a", "Value": "ü"}]),
    call("ListTagsForResource", ResourceId="${system}"),
    call("DeleteFileSystem", FileSystemId="${system}"),
    wrong("DescribeFileSystems", FileSystemId="fs-0123456789abcdef0"),
]
SCHEDULER = [
    call("CreateSchedule", Name="s", ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "OFF"},
         Target={"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "RoleArn": "arn:aws:iam::123456789012:role/r"}),
    call("GetSchedule", Name="s"),
    pages("ListSchedules", None),
    wrong("GetSchedule", Name="absent"),
]
BACKUP = [
    call("CreateBackupVault", BackupVaultName="v", BackupVaultTags={"a": "b"}),
    call("DescribeBackupVault", BackupVaultName="v"),
    pages("ListBackupVaults", None),
]
EKS = [
    drawing(call("CreateCluster", name="c", roleArn="arn:aws:iam::123456789012:role/r", clientRequestToken="token",
         tags={"a": "b"}, resourcesVpcConfig={"subnetIds": ["subnet-1"]}), "endpoint", "issuer", "data"),
    drawing(call("DescribeCluster", name="c"), "endpoint", "issuer", "data"),
    pages("ListClusters", 1),
    wrong("DescribeCluster", name="absent"),
]

# rest-xml
S3 = [
    call("CreateBucket", Bucket="bucket-of-cove"),
    *(call("PutObject", Bucket="bucket-of-cove", Key=f"a b/é+{n}.txt", Body=b"x" * n, ContentType="text/plain",
           Metadata={"who": "me"}) for n in range(5)),
    pages("ListObjectsV2", 2, Bucket="bucket-of-cove"),
    pages("ListObjectsV2", 2, Bucket="bucket-of-cove", Delimiter="/"),
    call("HeadObject", Bucket="bucket-of-cove", Key="a b/é+3.txt"),
    call("PutBucketTagging", Bucket="bucket-of-cove", Tagging={"TagSet": [{"Key": "a", "Value": "<&>"}]}),
    call("GetBucketTagging", Bucket="bucket-of-cove"),
    call("PutBucketVersioning", Bucket="bucket-of-cove", VersioningConfiguration={"Status": "Enabled"}),
    call("GetBucketVersioning", Bucket="bucket-of-cove"),
    call("GetBucketLocation", Bucket="bucket-of-cove"),
    call("PutBucketPolicy", Bucket="bucket-of-cove", Policy=POLICY),
    call("DeleteObject", Bucket="bucket-of-cove", Key="a b/é+0.txt"),
    call("PutObject", Bucket="bucket-of-cove", Key="plain"),
    call("CopyObject", Bucket="bucket-of-cove", Key="copy", CopySource="bucket-of-cove/plain"),
    call("DeleteObjects", Bucket="bucket-of-cove", Delete={"Objects": [{"Key": "copy"}, {"Key": "absent"}]}),
    call("ListBuckets"),
    wrong("HeadObject", Bucket="bucket-of-cove", Key="absent"),
    wrong("GetObject", Bucket="bucket-of-cove", Key="absent"),
    wrong("ListObjectsV2", Bucket="absent-of-cove"),
    wrong("DeleteBucket", Bucket="bucket-of-cove"),
    invalid("PutObject", Bucket="bucket-of-cove"),
]
ROUTE53 = [
    keep(call("CreateHostedZone", Name="example.com.", CallerReference="1", HostedZoneConfig={"Comment": "é"}),
         zone="HostedZone.Id"),
    call("ChangeResourceRecordSets", HostedZoneId="${zone}", ChangeBatch={"Changes": [{
        "Action": "CREATE", "ResourceRecordSet": {
            "Name": "a.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]}}]}),
    pages("ListResourceRecordSets", 1, HostedZoneId="${zone}"),
    pages("ListHostedZones", 1),
    call("GetHostedZone", Id="${zone}"),
    call("CreateHealthCheck", CallerReference="1", HealthCheckConfig={
        "IPAddress": "10.0.0.1", "Port": 80, "Type": "HTTP", "ResourcePath": "/a&b"}),
    wrong("GetHostedZone", Id="ZABSENT"),
]
CLOUDFRONT = [
    call("CreateOriginAccessControl", OriginAccessControlConfig={
        "Name": "o", "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3"}),
    pages("ListDistributions", 1),
    wrong("GetDistribution", Id="ABSENT"),
]

# json, of services that speak smithy-rpc-v2-cbor as well
CLOUDWATCH = [
    *(call("PutMetricAlarm", AlarmName=f"alarm-{n}", MetricName="m", Namespace="n", Statistic="Sum", Period=60,
           EvaluationPeriods=2, Threshold=1.5, ComparisonOperator="GreaterThanThreshold") for n in range(3)),
    pages("DescribeAlarms", 2),
    call("PutMetricData", Namespace="own", MetricData=[{"MetricName": "x", "Value": -2.25, "Unit": "Count"}]),
    pages("ListMetrics", None, Namespace="own"),
    call("PutDashboard", DashboardName="d", DashboardBody="{\"widgets\": []}"),
    call("GetDashboard", DashboardName="d"),
    call("DeleteAlarms", AlarmNames=["alarm-0"]),
    call("SetAlarmState", AlarmName="alarm-1", StateValue="ALARM", StateReason="é"),
    wrong("GetDashboard", DashboardName="absent"),
    invalid("PutMetricAlarm", AlarmName="x", Threshold="much"),
]
CODEDEPLOY = [
    call("CreateApplication", applicationName="a", computePlatform="Lambda"),
    call("GetApplication", applicationName="a"),
    pages("ListApplications", None),
    wrong("GetApplication", applicationName="absent"),
]
SERVICEDISCOVERY = [
    keep(call("CreateHttpNamespace", Name="ns", Description="é", CreatorRequestId="1", Tags=TAGS[1:]),
         operation="OperationId"),
    pages("ListNamespaces", None),
    call("GetOperation", OperationId="${operation}"),
    wrong("GetNamespace", Id="ns-absent"),
]
TAGGING = [
    of("s3", call("CreateBucket", Bucket="tagged-of-cove")),
    of("s3", call("PutBucketTagging", Bucket="tagged-of-cove", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})),
    pages("GetResources", None, ResourceTypeFilters=["s3"]),
    pages("GetTagKeys", None),
]

SCENARIOS = {
    "iam": IAM, "sts": STS, "sns": SNS, "cloudformation": CLOUDFORMATION, "autoscaling": AUTOSCALING, "rds": RDS,
    "ec2": EC2,
    "dynamodb": DYNAMODB, "sqs": SQS, "kms": KMS, "ssm": SSM, "secretsmanager": SECRETSMANAGER, "logs": LOGS,
    "events": EVENTS, "stepfunctions": STATES,
    "lambda": LAMBDA, "apigateway": APIGATEWAY, "efs": EFS, "scheduler": SCHEDULER, "backup": BACKUP, "eks": EKS,
    "s3": S3, "route53": ROUTE53, "cloudfront": CLOUDFRONT,
    "cloudwatch": CLOUDWATCH, "codedeploy": CODEDEPLOY, "servicediscovery": SERVICEDISCOVERY,
    "resourcegroupstaggingapi": TAGGING,
}

// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@Suite struct AccountTests {
    @Test(
        arguments: [
            ("ACTIVE", nil, true), (nil, "ACTIVE", true), ("ACTIVE", "ACTIVE", true), (nil, nil, false),
            ("SUSPENDED", nil, false), (nil, "PENDING_ACTIVATION", false), ("SUSPENDED", "ACTIVE", true),
            ("ACTIVE", "CLOSED", false), ("active", nil, false),
        ] as [(String?, String?, Bool)])
    func `the newer field says whether an account is active`(status: String?, state: String?, isActive: Bool) throws {
        let id = try #require(AccountID("111111111111"))
        #expect(Account(id: id, status: status, state: state).isActive == isActive)
    }

    @Test func `an account is coded with what is known of it`() throws {
        let id = try #require(AccountID("111111111111"))
        let account = Account(
            id: id, name: "Größe", arn: "arn:aws:organizations::1:account/o-1/1", email: "a@example.com",
            status: "ACTIVE", state: "ACTIVE")
        let coded =
            #"{"arn":"arn:aws:organizations::1:account/o-1/1","email":"a@example.com","id":"111111111111","#
            + #""name":"Größe","state":"ACTIVE","status":"ACTIVE"}"#
        #expect(try CodedForm.text(account) == coded)
        #expect(try CodedForm.value(coded) == account)
        #expect(try CodedForm.text(Account(id: id)) == #"{"id":"111111111111"}"#)
        #expect(CodedForm.problem(Account.self, #"{"id":"1"}"#) != nil)
    }

    @Test func `the reason for leaving an account out is told in a few words`() {
        #expect(NotTargeted.Reason.callingAccount.description == "the calling account")
        #expect(NotTargeted.Reason.ignored.description == "ignored")
        #expect(NotTargeted.Reason.notActive("SUSPENDED").description == "the account is SUSPENDED")
    }
}

// SPDX-License-Identifier: Apache-2.0

// Whoever imports CoveKit has what its functions are given: sessions, credentials, accounts and errors.
@_exported public import CoveAWS
@_exported public import CoveCore
@_exported public import CoveWorker

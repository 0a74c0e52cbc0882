// SPDX-License-Identifier: Apache-2.0

/// A parsed expression.
indirect enum JMESPathExpression: Sendable {
    case current
    case literal(AWSValue)
    case field(String)
    case index(Int)
    case slice(start: Int?, stop: Int?, step: Int?)
    /// The right side, evaluated in what the left side finds.
    case subexpression(JMESPathExpression, JMESPathExpression)
    case pipe(JMESPathExpression, JMESPathExpression)
    /// The right side, evaluated for each element of the list on the left.
    case listProjection(JMESPathExpression, JMESPathExpression)
    /// The right side, evaluated for each value of the object on the left.
    case valueProjection(JMESPathExpression, JMESPathExpression)
    case filterProjection(JMESPathExpression, JMESPathExpression, condition: JMESPathExpression)
    case flatten(JMESPathExpression)
    case or(JMESPathExpression, JMESPathExpression)
    case and(JMESPathExpression, JMESPathExpression)
    case not(JMESPathExpression)
    case comparison(JMESPathComparator, JMESPathExpression, JMESPathExpression)
    case list([JMESPathExpression])
    case object([(name: String, value: JMESPathExpression)])
    case call(JMESPathFunction, [JMESPathExpression])
    /// `&expression`: an argument that a function evaluates itself.
    case reference(JMESPathExpression)
}

/// How two values are compared.
enum JMESPathComparator: Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}

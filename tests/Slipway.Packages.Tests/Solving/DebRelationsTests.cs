using Slipway.Content;

namespace Slipway.Packages.Tests.Solving;

public sealed class DebRelationsTests
{
    [Theory]
    [InlineData("a, b (>= 1) | c", "a;b (>= 1) | c")]
    [InlineData("a [amd64], b [!amd64], c [linux-any], d [any-i386], e [kfreebsd-any]", "a;c")]
    [InlineData("a <!nocheck>, b <nocheck>, c <!stage1 !nocheck>, d <cross> <nocheck>", "b;d")]
    [InlineData("a (<< 2) [amd64] <nocheck>, b (<< 2) [arm64] | c", "a (<< 2);c")]
    [InlineData("a [arm64] | b [arm64], c", "c")]
    [InlineData("a,\n b,\n\n c ,", "a;b;c")]
    [InlineData("", "")]
    public void Restrictions_are_evaluated_and_removed(string field, string expected) =>
        Assert.Equal(expected, string.Join(';', DebRelations.Applicable(field, "amd64", ["nocheck"])));

    [Theory]
    [InlineData("python3:any (>= 3.5) | b", "python3 >= 3.5;b  ")]
    [InlineData("a (> 1)", "a >= 1")]
    [InlineData("a(=1.0-1)", "a = 1.0-1")]
    [InlineData("a (<< 2~) [amd64] <!x>", "a << 2~")]
    public void A_clause_is_taken_apart(string clause, string expected) =>
        Assert.Equal(expected, string.Join(';', DebRelations.Alternatives(clause).Select(d => $"{d.Name} {d.Operator} {d.Version}")));

    [Theory]
    [InlineData("")]
    [InlineData("a |")]
    [InlineData("a (>= )")]
    [InlineData("a (>> 1")]
    [InlineData("a (1)")]
    [InlineData("a b")]
    [InlineData("a (>=< 1)")]
    public void What_is_no_relation_is_refused(string clause) => Assert.Throws<SlipwayException>(() => DebRelations.Alternatives(clause));
}

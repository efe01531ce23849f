namespace Slipway.Packages.Tests.Versions;

public sealed class VersionOrderTests
{
    [Theory]
    [InlineData("1.0", "1.0", 0)]
    [InlineData("1.0~rc1", "1.0", -1)]
    [InlineData("1.0~~", "1.0~", -1)]
    [InlineData("1.0-1", "1.0-1.1", -1)]
    [InlineData("1.0", "1.0-0", 0)]
    [InlineData("1:0.1", "2.0", 1)]
    [InlineData("0:1.0", "1.0", 0)]
    [InlineData("1.0a", "1.0+", -1)]
    [InlineData("1.0", "1.0a", -1)]
    [InlineData("1.09", "1.9", 0)]
    [InlineData("1.10", "1.9", 1)]
    [InlineData("2.3.4-rc1-1", "2.3.4-1", 1)]
    [InlineData("1.18446744073709551617", "1.18446744073709551616", 1)]
    [InlineData("", "0", 0)]
    public void Dpkgs_order(string left, string right, int order) => Both(VersionOrder.CompareDeb, left, right, order);

    [Theory]
    [InlineData("1.0", "1.0", 0)]
    [InlineData("1.0", "2.0", -1)]
    [InlineData("2.0.1", "2.0.1a", -1)]
    [InlineData("5.5p1", "5.5p10", -1)]
    [InlineData("10xyz", "10.1xyz", -1)]
    [InlineData("xyz10", "xyz10.1", -1)]
    [InlineData("xyz.4", "8", -1)]
    [InlineData("1.05", "1.5", 0)]
    [InlineData("2_0", "2.0", 0)]
    [InlineData("a+", "a_", 0)]
    [InlineData("1.0~rc1", "1.0", -1)]
    [InlineData("1.0~rc1", "1.0arc1", -1)]
    [InlineData("1.0^", "1.0", 1)]
    [InlineData("1.0^git1", "1.0.1", -1)]
    [InlineData("1.0^git1~pre", "1.0^git1", -1)]
    [InlineData("1.0~rc1^git1", "1.0~rc1", 1)]
    [InlineData("1.0^20160101", "1.0.1^20160101", -1)]
    [InlineData("1:1.0-1", "2.0-1", 1)]
    [InlineData("0:1.0-1", "1.0-1", 0)]
    [InlineData("1.0", "1.0-1", -1)]
    [InlineData("1.0-1", "1.0-2", -1)]
    [InlineData("20101121", "20101122", -1)]
    public void Rpms_order(string left, string right, int order) => Both(VersionOrder.CompareRpm, left, right, order);

    [Theory]
    [InlineData("1.5.0", "1.5.0", 0)]
    [InlineData("1.5.1", "1.5.0", 1)]
    [InlineData("1.0alpha", "1.0", -1)]
    [InlineData("1.0alpha", "1.0beta", -1)]
    [InlineData("1.0pre1", "1.0rc1", -1)]
    [InlineData("1.0rc1", "1.0", -1)]
    [InlineData("1.0", "1.0.a", -1)]
    [InlineData("1.0.a", "1.0.1", -1)]
    [InlineData("1.5.a", "1.5", 1)]
    [InlineData("1.5.b", "1.5.a", 1)]
    [InlineData("2.0", "2_0", 0)]
    [InlineData("2..0", "2.0", 1)]
    [InlineData("1.5-1", "1.5", 0)]
    [InlineData("1.5-1", "1.5-2", -1)]
    [InlineData("1.5", "1.6-1", -1)]
    [InlineData("0:1.0", "1.0", 0)]
    [InlineData("1:1.0", "2.0", 1)]
    [InlineData("1:1.0", "0:1.1", 1)]
    public void Pacmans_order(string left, string right, int order) => Both(VersionOrder.ComparePacman, left, right, order);

    private static void Both(Comparison<string> compare, string left, string right, int order)
    {
        Assert.Equal(order, Math.Sign(compare(left, right)));
        Assert.Equal(-order, Math.Sign(compare(right, left)));
    }
}

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

    [Fact]
    public void The_package_managers_themselves_agree_on_generated_versions()
    {
        var random = new Random(20261120);
        var pairs = Enumerable.Range(0, 150).Select(_ => Pair(random)).ToList();
        // One process each: rpm compares all pairs in one Lua text, dpkg and vercmp in one shell.
        var rpm = Tool.Run("rpm", "--eval", "%{lua:" + string.Concat(pairs.Select(p => $"print(rpm.vercmp('{p.Left}','{p.Right}'), '\\n')")) + "}")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToList();
        var dpkg = Tool.Run("sh", "-c", string.Join('\n', pairs.Select(p =>
            $"if dpkg --compare-versions '{p.Left}' lt '{p.Right}' 2>/dev/null; then echo -1; elif dpkg --compare-versions '{p.Left}' gt '{p.Right}' 2>/dev/null; then echo 1; else echo 0; fi")))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToList();
        var pacman = Tool.Run("sh", "-c", string.Join('\n', pairs.Select(p => $"vercmp '{p.Left}' '{p.Right}'")))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToList();
        Assert.Equal(pairs.Count, rpm.Count);
        for (var i = 0; i < pairs.Count; i++)
        {
            var (left, right) = pairs[i];
            Assert.True(rpm[i] == Math.Sign(VersionOrder.CompareRpm(left, right)), $"rpm: {left} {right} is {rpm[i]}");
            Assert.True(dpkg[i] == Math.Sign(VersionOrder.CompareDeb(left, right)), $"dpkg: {left} {right} is {dpkg[i]}");
            Assert.True(Math.Sign(pacman[i]) == Math.Sign(VersionOrder.ComparePacman(left, right)), $"vercmp: {left} {right} is {pacman[i]}");
        }
        Assert.Contains(-1, rpm);
        Assert.Contains(1, dpkg);
        Assert.Contains(0, pacman);
    }

    /// <summary>Two versions with much in common, valid for all three.</summary>
    private static (string Left, string Right) Pair(Random random)
    {
        string[] parts = ["1", "0", "10", "09", ".", ".", "a", "rc", "~", "+", "2", "alpha", "..", "_"];
        var shared = "1" + string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => parts[random.Next(parts.Length - 2)]));
        return (Full(), Full());

        string Full()
        {
            var epoch = random.Next(6) == 0 ? $"{random.Next(3)}:" : "";
            var tail = string.Concat(Enumerable.Range(0, random.Next(3)).Select(_ => parts[random.Next(parts.Length - 2)]));
            var release = random.Next(2) == 0 ? $"-{random.Next(3)}" : "";
            return epoch + shared + tail + release;
        }
    }

    private static void Both(Comparison<string> compare, string left, string right, int order)
    {
        Assert.Equal(order, Math.Sign(compare(left, right)));
        Assert.Equal(-order, Math.Sign(compare(right, left)));
    }
}

using System.Runtime.InteropServices;

namespace Slipway.Packages.Tests.Versions;

/// <summary>Our order beside that of the package managers: on what they publish, and on what they answer here.</summary>
public sealed partial class PackageManagersOrderTests
{
    [Theory]
    [InlineData(PackageType.Rpm, 67)]
    [InlineData(PackageType.Deb, 57)]
    [InlineData(PackageType.Pacman, 51)]
    public void Every_pair_of_the_package_managers_own_tests_is_ordered_as_they_say(PackageType type, int count)
    {
        var pairs = VersionPairs.Published(type);
        Assert.Equal(count, pairs.Count);
        foreach (var (left, right, order) in pairs)
        {
            Assert.True(order == Math.Sign(VersionOrder.Compare(type, left, right)), $"{left} {right}");
            Assert.True(-order == Math.Sign(VersionOrder.Compare(type, right, left)), $"{right} {left}");
        }
    }

    [Theory]
    [InlineData(PackageType.Rpm, 3000, 1)]
    [InlineData(PackageType.Deb, 300, 2)]
    [InlineData(PackageType.Pacman, 3000, 3)]
    public void The_package_managers_themselves_agree_on_generated_versions(PackageType type, int count, int seed) => Compare(type, count, seed);

    [Theory]
    [Trait("long", "yes")]
    [InlineData(PackageType.Rpm, 200_000, 11)]
    [InlineData(PackageType.Deb, 10_000, 12)]
    [InlineData(PackageType.Pacman, 1_000_000, 13)]
    public void The_package_managers_themselves_agree_on_very_many_versions(PackageType type, int count, int seed) => Compare(type, count, seed);

    private static void Compare(PackageType type, int count, int seed)
    {
        var pairs = VersionPairs.Generated(type, count, seed).ToList();
        var theirs = type switch { PackageType.Rpm => AskRpm(pairs), PackageType.Deb => AskDpkg(pairs), _ => AskPacman(pairs) };
        Assert.Equal(pairs.Count, theirs.Count);
        for (var i = 0; i < pairs.Count; i++)
            Assert.True(theirs[i] == Math.Sign(VersionOrder.Compare(type, pairs[i].Left, pairs[i].Right)), $"{pairs[i].Left} {pairs[i].Right} is {theirs[i]}");
        foreach (var order in (int[])[-1, 0, 1]) Assert.Contains(order, theirs);
        TestContext.Current.TestOutputHelper!.WriteLine($"{type}: {pairs.Count} pairs agree, {theirs.Count(o => o == 0)} of them equal");
    }

    /// <summary>One Lua text compares some thousands of pairs.</summary>
    private static List<int> AskRpm(List<(string Left, string Right)> pairs) =>
    [
        .. pairs.Chunk(1000).SelectMany(some => Tool.Run("rpm", "--eval", "%{lua: for _, p in ipairs({" + string.Concat(some.Select(p => $"{{'{p.Left}','{p.Right}'}},"))
            + "}) do print(rpm.vercmp(p[1], p[2]), '\\n') end}").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)),
    ];

    private static List<int> AskDpkg(List<(string Left, string Right)> pairs) =>
    [
        .. pairs.Chunk(500).SelectMany(some => Tool.Run("sh", "-c", string.Join('\n', some.Select(p =>
            $"if dpkg --compare-versions -- '{p.Left}' lt '{p.Right}'; then echo -1; elif dpkg --compare-versions -- '{p.Left}' gt '{p.Right}'; then echo 1; else echo 0; fi")))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)),
    ];

    /// <summary>vercmp is this function of its library and nothing else; the program itself is asked a few.</summary>
    private static List<int> AskPacman(List<(string Left, string Right)> pairs)
    {
        var answers = pairs.Select(p => Math.Sign(alpm_pkg_vercmp(p.Left, p.Right))).ToList();
        var few = Tool.Run("sh", "-c", string.Join('\n', pairs.Take(100).Select(p => $"vercmp '{p.Left}' '{p.Right}'")));
        Assert.Equal(answers.Take(100), few.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse));
        return answers;
    }

    [LibraryImport("libalpm.so.13", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int alpm_pkg_vercmp(string left, string right);
}

using Slipway.Content;
using Slipway.Updates.Device;
using Slipway.Updates.Tests.Creation;

namespace Slipway.Updates.Tests;

/// <summary>Our engine's content of the golden input trees, through our device, compared with those trees.</summary>
public sealed class VectorDeviceTests : IDisposable
{
    private static readonly SigningCertificate Signer = DeviceScene.Signer;
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Scenarios() => VectorTests.Scenarios();

    public void Dispose()
    {
        using (var tree = RootedTree.Open(_directory.Path))
        {
            tree.RemoveTree(BytePath.Empty);
        }
        _directory.Dispose();
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task A_device_walks_through_all_versions_and_each_path_is_that_of_the_tree(string name)
    {
        using var scenario = new VectorScenario(Path.Combine(TestData.Vectors, name));
        foreach (var step in scenario.Versions)
        {
            scenario.Build(step, options => options with { Sign = content => Signer.Sign(content.Span, DeviceScene.Noon) });
        }
        var device = DeviceOf(scenario, "walked");
        var (first, last) = (scenario.Versions[0].Version, scenario.Versions[^1].Version);
        await device.InstallAsync(first, BundlesOf(scenario, first), Cancel);
        await CompareAsync(scenario, device, "walked", first);
        foreach (var step in scenario.Versions.Skip(1))
        {
            var result = await device.UpdateAsync(step.Version, Cancel);
            Assert.Equal(step.Version, result.To);
            await CompareAsync(scenario, device, "walked", step.Version);
        }
        if (last != first)
        {
            await JumpAsync(scenario, first, last);
        }
    }

    /// <summary>From the first version to the last in one step, where no pack helps.</summary>
    private async Task JumpAsync(VectorScenario scenario, uint first, uint last)
    {
        var device = DeviceOf(scenario, "jumped");
        await device.InstallAsync(first, BundlesOf(scenario, first), Cancel);
        await device.UpdateAsync(last, Cancel);
        await CompareAsync(scenario, device, "jumped", last);
        Assert.Equal(Lines("walked").Where(line => !IsKept(line)).Order(), Lines("jumped").Where(line => !IsKept(line)).Order());
    }

    private async Task CompareAsync(VectorScenario scenario, Updates.Device.Device device, string root, uint version)
    {
        var verification = await device.VerifyAsync(Cancel);
        Assert.Empty(verification.Differences);
        var input = InputLines(scenario, version);
        var wrong = Lines(root).Where(line => !input.Contains(line) && !IsKept(line)).ToList();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(10)));
    }

    // Ghosted files stay on a device although they left the tree, and so do the directories they lie in.
    private static bool IsKept(string line) => line.StartsWith("boot", StringComparison.Ordinal) || line.StartsWith("usr/lib/modules", StringComparison.Ordinal) || line.StartsWith("usr/lib/kernel", StringComparison.Ordinal);

    private Updates.Device.Device DeviceOf(VectorScenario scenario, string root) => new(new DeviceOptions
    {
        Path = Directory.CreateDirectory(_directory[root]).FullName,
        ContentUrl = $"file://{scenario.State("www")}",
        CertificateFile = Certificate(),
        Format = "staging",
        Jobs = 2,
    });

    private string Certificate()
    {
        File.WriteAllText(_directory["root.pem"], Signer.CertificatePem());
        return _directory["root.pem"];
    }

    private static List<string> BundlesOf(VectorScenario scenario, uint version) =>
        [.. Manifest.Parse(File.ReadAllBytes(scenario.Published(version, "Manifest.MoM")), Manifest.MoM).Records.Select(record => record.Name.ToString())];

    private HashSet<string> Lines(string root)
    {
        using var tree = RootedTree.Open(_directory[root]);
        return [.. tree.Walk().Where(entry => !entry.Path.StartsWith("var")).Select(entry => Line(entry.Path, entry.Stat.Type, entry.Stat.Permissions, entry.Stat.Uid, entry.Stat.Gid, entry.Stat.Type switch
        {
            NodeType.Regular => Digest.Of(tree.ReadAllBytes(entry.Path)).ToString(),
            NodeType.Symlink => tree.ReadLink(entry.Path).ToString(),
            _ => "",
        }))];
    }

    private static HashSet<string> InputLines(VectorScenario scenario, uint version)
    {
        using var file = File.OpenRead(Path.Combine(scenario.Directory, "input", $"{version}.tar"));
        using var tar = new TarReader(file);
        var contents = new Dictionary<BytePath, string>();
        var lines = new HashSet<string>();
        while (tar.Next() is { } entry)
        {
            var name = entry.Name.Relative;
            var content = entry.Type switch
            {
                NodeType.Regular => Digest.OfStream(tar.Content).ToString(),
                NodeType.HardLink => contents[entry.LinkTarget.Relative],
                NodeType.Symlink => entry.LinkTarget.ToString(),
                _ => "",
            };
            contents[name] = content;
            lines.Add(Line(name, entry.Type == NodeType.HardLink ? NodeType.Regular : entry.Type, entry.Mode, entry.Uid, entry.Gid, content));
        }
        return lines;
    }

    private static string Line(BytePath path, NodeType type, int mode, uint uid, uint gid, string content) =>
        $"{path} {type} {(type == NodeType.Symlink ? "-" : Convert.ToString(mode, 8))} {uid}:{gid} {content}";
}

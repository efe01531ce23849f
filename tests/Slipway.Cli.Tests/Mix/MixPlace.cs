using System.Diagnostics;
using System.Text.Json;
using Slipway.Packages;
using Slipway.Packages.Tests.Mirrors;
using Slipway.Packages.Tests.Repositories;

namespace Slipway.Cli.Tests.Mix;

/// <summary>A workspace, a signed repository of one kind that is served over HTTP, and a device.</summary>
internal sealed class MixPlace : IDisposable
{
    private static readonly string Slipway = Path.ChangeExtension(typeof(ManPage).Assembly.Location, null);
    private readonly PackageType _type;

    public MixPlace(string type)
    {
        _type = type switch { "deb" => PackageType.Deb, "rpm" => PackageType.Rpm, _ => PackageType.Pacman };
        Directory.CreateDirectory(Workspace);
        File.WriteAllText(At("keys.asc"), Upstream.Keys);
    }

    public Upstream Upstream { get; } = new();

    public string Workspace => Upstream.Temp["mix"];

    public string Device => Upstream.Temp["device"];

    public string Www => At("update/www");

    public string At(string path) => Path.Combine(Workspace, path);

    public void Dispose() => Upstream.Dispose();

    /// <summary>Text that deltas are worth making of.</summary>
    public static string Long(string text) => string.Join(' ', Enumerable.Range(0, 900).Select(i => $"{i * 7919 % 1000}")) + " " + text;

    /// <summary>A package of one text file, /usr/share/NAME/text, made by its kind's own tool.</summary>
    public string Make(string name, string version, string content, string requires = "")
    {
        var needs = requires.Length == 0 ? "" : _type switch { PackageType.Deb => $"Depends: {requires}\n", PackageType.Rpm => $"Requires: {requires}", _ => $"depend = {requires}\n" };
        return _type switch
        {
            PackageType.Deb => RealPackages.Deb(Upstream.Temp, name, version, content, extra: needs),
            PackageType.Rpm => RealPackages.Rpm(Upstream.Temp, name, version, content, extra: needs),
            _ => RealPackages.Pacman(Upstream.Temp, name, version + "-1", content, extra: needs),
        };
    }

    /// <summary>Puts packages into the served repository, and its index and signature.</summary>
    public void Publish(params string[] packages)
    {
        foreach (var file in packages)
        {
            var place = Upstream[_type == PackageType.Deb ? $"pool/{Path.GetFileName(file)}" : Path.GetFileName(file)];
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Move(file, place, overwrite: true);
        }
        Upstream.Index(_type);
    }

    public void Local(string file)
    {
        var directory = At(_type switch { PackageType.Deb => "local-debs", PackageType.Rpm => "local-rpms", _ => "local-pkgs" });
        File.Move(file, Path.Combine(directory, Path.GetFileName(file)), overwrite: true);
    }

    public void Bundle(string name, string text, string status = "WIP") => File.WriteAllText(
        At($"local-bundles/{name}"), $"# [TITLE]: {name}\n# [DESCRIPTION]: a bundle\n# [STATUS]: {status}\n# [CAPABILITIES]: none\n# [MAINTAINER]: Tests\n{text}\n");

    public (int Exit, string Output, string Error) Run(params string[] arguments) => new ProcessStartInfo(Slipway, arguments) { WorkingDirectory = Workspace }.Run();

    /// <summary>`slipway mix ...` that succeeds; what it printed.</summary>
    public string Mix(params string[] arguments)
    {
        var (exit, output, error) = Run(["mix", .. arguments]);
        Assert.True(exit == 0, $"mix {string.Join(' ', arguments)} ended with {exit}:\n{output}{error}");
        return output + error;
    }

    public (int Exit, string Error) MixFails(params string[] arguments)
    {
        var (exit, output, error) = Run(["mix", .. arguments]);
        Assert.True(exit != 0, $"mix {string.Join(' ', arguments)} succeeded:\n{output}");
        return (exit, error);
    }

    public JsonElement MixJson(params string[] arguments)
    {
        var (exit, output, error) = Run(["mix", .. arguments, "--json"]);
        Assert.True(exit == 0, $"mix {string.Join(' ', arguments)} ended with {exit}:\n{output}{error}");
        return JsonDocument.Parse(output).RootElement;
    }

    public string OnDevice(params string[] arguments)
    {
        var (exit, output, error) = Run(["device", .. arguments, "--path", Device, "--url", "file://" + Www, "--certificate", At("Swupd_Root.pem")]);
        Assert.True(exit == 0, $"device {string.Join(' ', arguments)} ended with {exit}:\n{output}{error}");
        return output;
    }

    public string DeviceText(string path) => File.ReadAllText(Path.Combine(Device, path));
}

using System.Globalization;
using System.Text;
using Slipway.Compose.Payloads;
using Slipway.Compose.Roots;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Compose.Tests;

/// <summary>A directory of its own per test, gone afterwards.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("slipway-compose-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        using var parent = RootedTree.Open(System.IO.Path.GetDirectoryName(Path)!);
        parent.RemoveTree(BytePath.From(System.IO.Path.GetFileName(Path)));
    }
}

/// <summary>Payloads written as text: <c>d usr 755</c>, <c>f usr/bin/x 755 content</c>, <c>l bin/x ../y</c>.</summary>
internal static class Some
{
    public static RootSource Source(string name, params string[] lines)
    {
        var entries = lines.Select(Entry).ToList();
        return new RootSource(name, Digest.Of(Encoding.UTF8.GetBytes(name)), new Payload("/nowhere", entries));
    }

    public static RootPlan Merge(PackageType type, params RootSource[] sources) =>
        RootPlan.Merge(sources, new RootSource("composing", default, new Payload("/nowhere", [])), MergedUsr.Of(type));

    private static PayloadEntry Entry(string line)
    {
        var fields = line.Split(' ', 4);
        var path = BytePath.From(fields[1]);
        return fields[0] switch
        {
            "d" => new(path, NodeType.Directory, Mode(fields[2]), 0, 0, 0, BytePath.Empty, -1, default, default),
            "l" => new(path, NodeType.Symlink, 0x1ff, 0, 0, fields[2].Length, BytePath.From(fields[2]), -1, default, default),
            _ => new(path, NodeType.Regular, Mode(fields[2]), 0, 0, fields[3].Length, BytePath.Empty, 0, default, Digest.Of(Encoding.UTF8.GetBytes(fields[3]))),
        };
    }

    private static int Mode(string octal) => Convert.ToInt32(octal, 8);

    public static string Octal(int mode) => Convert.ToString(mode, 8).ToString(CultureInfo.InvariantCulture);
}

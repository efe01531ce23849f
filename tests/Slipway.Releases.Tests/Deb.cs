using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Releases.Tests;

internal sealed record DebFile(string Path, string Text, int Mode = 0x1a4, string? CopyOf = null, string? LinkTo = null);

/// <summary>Packages made by Debian's own tool.</summary>
internal static class Deb
{
    public static DebFile Copy(string path, string from) => new(path, "", 0x1ed, CopyOf: from);

    public static DebFile Link(string path, string target) => new(path, "", LinkTo: target);

    public static void Make(string into, string name, string version, string depends, params DebFile[] files)
    {
        var tree = Directory.CreateTempSubdirectory("slipway-deb-").FullName;
        try
        {
            foreach (var file in files)
                Write(Path.Combine(tree, file.Path), file);
            Directory.CreateDirectory(Path.Combine(tree, "DEBIAN"));
            File.WriteAllText(Path.Combine(tree, "DEBIAN/control"),
                $"Package: {name}\nVersion: {version}\nArchitecture: amd64\nMaintainer: T <t@t.example>\n{(depends.Length > 0 ? $"Depends: {depends}\n" : "")}Description: test\n");
            var target = Path.Combine(into, $"{name}_{version}_amd64.deb");
            ChildProcess.Run(new("dpkg-deb", ["--build", "--root-owner-group", "-Zgzip", "-z1", tree, target])
            {
                Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["SOURCE_DATE_EPOCH"] = "1700000000" },
            }).Require($"make {name}");
        }
        finally
        {
            using var parent = RootedTree.Open(Path.GetDirectoryName(tree)!);
            parent.RemoveTree(BytePath.From(Path.GetFileName(tree)));
        }
    }

    private static void Write(string path, DebFile file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (file.LinkTo is not null)
        {
            File.CreateSymbolicLink(path, file.LinkTo);
            return;
        }
        if (file.CopyOf is not null)
            File.Copy(file.CopyOf, path);
        else
            File.WriteAllText(path, file.Text);
        File.SetUnixFileMode(path, (UnixFileMode)file.Mode);
    }
}

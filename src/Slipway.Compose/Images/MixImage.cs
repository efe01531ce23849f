using System.Globalization;
using Slipway.Compose.Mixing;
using Slipway.Compose.Workspace;
using Slipway.Content;
using Slipway.Sandbox;
using Slipway.Updates;
using Slipway.Updates.Device;

namespace Slipway.Compose.Images;

/// <summary>What an image is to hold, as its template says.</summary>
/// <param name="Name">Of the files, without their ends.</param>
/// <param name="Version">0: the last version that was built.</param>
/// <param name="Formats">tar, squashfs, ext4.</param>
/// <param name="ExtraBytes">Room left in an ext4 image.</param>
public sealed record ImageTemplate(string Name, uint Version, IReadOnlyList<string> Bundles, IReadOnlyList<string> Formats, long ExtraBytes)
{
    private static readonly string[] s_formats = ["tar", "squashfs", "ext4"];

    /// <summary>Reads a template; keys that only the ancestor's installer knew are warned of and have no effect.</summary>
    public static ImageTemplate Load(string file, Action<string> warn)
    {
        if (!File.Exists(file))
            throw new SlipwayException($"read the template {file}", "there is no such file", "write one: `bundles: [os-core]`") { Kind = FailureKind.Usage };
        var document = ConfigDocument.ReadFile(file);
        var root = document.Root;
        var template = new ImageTemplate(
            root.String("name", Path.GetFileNameWithoutExtension(file)), (uint)root.Int("version", 0, maximum: int.MaxValue), root.Strings("bundles"),
            root.Has("formats") ? root.Strings("formats") : s_formats, root.Int("extraBytes", 64L << 20));
        foreach (var format in template.Formats.Except(s_formats))
            root.Error("formats", $"names {format}", $"write {string.Join(", ", s_formats)}");
        if (template.Bundles.Count == 0)
            document.AddError(1, "`bundles` is missing", "list the bundles to install");
        if (template.Name.Length == 0 || template.Name.Contains('/', StringComparison.Ordinal) || template.Name[0] is '.' or '-')
            root.Error("name", "is no file name", "write letters, digits and '-'");
        foreach (var key in root.Keys.Where(k => k is not ("name" or "version" or "bundles" or "formats" or "extraBytes")))
        {
            warn($"{file}:{root.LineOf(key)}: {key} has no effect on an image");
            root.Has(key);
        }
        document.ThrowIfErrors();
        return template;
    }
}

/// <summary>`mix build image`: installs bundles from the update content, as a device does, and packs the root.</summary>
public sealed class MixImage(MixWorkspace mix, MixTools tools)
{
    /// <summary>Returns the files that were written.</summary>
    public async Task<IReadOnlyList<string>> BuildAsync(ImageTemplate template, int? format, CancellationToken cancellation)
    {
        var version = template.Version > 0 ? template.Version : mix.LastVersion;
        var published = PublishedVersion.Open(mix.Config.StateDirectory, version);
        var scratch = Path.Combine(mix.Config.StateDirectory, "temp", $"image-{template.Name}");
        MixWorkspace.Remove(scratch);
        Directory.CreateDirectory(scratch);
        try
        {
            var root = Path.Combine(scratch, "root");
            var device = new Device(new DeviceOptions
            {
                Path = root,
                ContentUrl = "file://" + mix.Www,
                CertificateFile = mix.Config.Certificate,
                StateDirectory = Path.Combine(scratch, "state"),
                Format = (format ?? published.MoM.Format).ToString(CultureInfo.InvariantCulture),
                Time = mix.Clock,
            });
            var installed = await device.InstallAsync(version, template.Bundles, cancellation).ConfigureAwait(false);
            foreach (var warning in installed.Warnings)
                mix.Warn(warning);
            return [.. template.Formats.Select(f => Write(f, template, root, scratch, version, published.MoM.Timestamp, cancellation))];
        }
        finally
        {
            MixWorkspace.Remove(scratch);
        }
    }

    private string Write(string kind, ImageTemplate template, string root, string scratch, uint version, long time, CancellationToken cancellation)
    {
        var end = kind == "tar" ? "tar.zst" : kind;
        var partial = Path.Combine(scratch, $"image.{end}");
        switch (kind)
        {
            case "tar":
                RootArchive.Write(root, partial, time);
                break;
            case "squashfs":
                Run("mksquashfs", time, cancellation, root, partial, "-noappend", "-no-progress", "-quiet", "-comp", "zstd", "-all-time", Text(time), "-mkfs-time", Text(time));
                break;
            default:
                Ext4(root, partial, time, template.ExtraBytes, cancellation);
                break;
        }
        var file = Path.Combine(mix.Root, string.Create(CultureInfo.InvariantCulture, $"{template.Name}-{version}.{end}"));
        AtomicFile.Sync(partial);
        File.Move(partial, file, overwrite: true);
        AtomicFile.SyncDirectory(mix.Root);
        tools.Say($"{file}: {new FileInfo(file).Length} bytes");
        return file;
    }

    private static void Ext4(string root, string file, long time, long extra, CancellationToken cancellation)
    {
        const int Block = 4096;
        using (var tree = RootedTree.Open(root))
        {
            var entries = tree.Walk().ToList();
            // Blocks of content, an inode and a directory entry for each path, and a twentieth for the file system's own tables.
            var content = entries.Where(e => e.Stat.Type == NodeType.Regular).Sum(e => (e.Stat.Size + Block - 1) / Block * Block);
            var bytes = (content + (entries.Count * 1024L)) * 21 / 20 + extra + (16L << 20);
            using var empty = new FileStream(file, FileMode.CreateNew);
            empty.SetLength((bytes + Block - 1) / Block * Block);
        }
        // Ids that follow from the version, so that the same root gives the same bytes.
        var id = new Guid(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(Text(time))).AsSpan(0, 16)).ToString("D");
        Run("mke2fs", time, cancellation, "-q", "-F", "-t", "ext4", "-m", "1", "-b", Text(Block), "-U", id, "-E", $"root_owner=0:0,hash_seed={id}", "-d", root, file);
    }

    private static void Run(string program, long time, CancellationToken cancellation, params string[] arguments)
    {
        if (ChildProcess.TryLocate(program) is null)
            throw new SlipwayException($"run {program}", "it is not installed", program == "mksquashfs" ? "apt-get install squashfs-tools" : "apt-get install e2fsprogs");
        ChildProcess.Run(new ChildCommand(program, arguments)
        {
            Environment = new Dictionary<string, string>
            {
                ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
                ["LANG"] = "C.UTF-8",
                ["HOME"] = "/nonexistent",
                ["E2FSPROGS_FAKE_TIME"] = Text(Math.Max(1, time)),
            },
            DieWithParent = true,
        }, cancellation).Require($"make the image with {program}");
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

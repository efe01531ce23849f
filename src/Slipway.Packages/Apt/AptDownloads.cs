using System.Collections.Concurrent;
using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Packages.Apt;

/// <summary>One file to fetch.</summary>
internal sealed record AptDownload(string BaseUri, string Location, Digest Digest)
{
    public string Uri
    {
        get
        {
            // apt's file method hands back the file where it lies; its copy method makes ours.
            var start = BaseUri.StartsWith("file:", StringComparison.Ordinal) ? "copy:" + BaseUri["file:".Length..] : BaseUri;
            return start.TrimEnd('/') + "/" + Location.TrimStart('/');
        }
    }
}

/// <summary>Fetches files with apt's own transport into the content store, two processes at a time.</summary>
internal sealed class AptDownloads(AptState state, string directory, ContentStore store)
{
    private const int Processes = 2;
    private const int FilesPerProcess = 25;

    public void Run(IReadOnlyList<AptDownload> files, CancellationToken cancellation)
    {
        Directory.CreateDirectory(directory);
        // Left by a process that died here; the lock is held, so nobody is using them.
        foreach (var old in Directory.GetFiles(directory, "*.part")) File.Delete(old);
        var size = Math.Clamp((files.Count + Processes - 1) / Processes, 1, FilesPerProcess);
        var failures = new ConcurrentBag<string>();
        Parallel.ForEach(files.Chunk(size), new ParallelOptions { MaxDegreeOfParallelism = Processes, CancellationToken = cancellation },
            batch => Fetch(batch, failures, cancellation));
        if (failures.IsEmpty) return;
        var shown = failures.Order(StringComparer.Ordinal).Take(5).ToList();
        throw new SlipwayException("fetch from the distribution's mirror",
            string.Join("; ", shown) + (failures.Count > shown.Count ? $" and {failures.Count - shown.Count} more" : ""),
            "update the package lists and try again");
    }

    private void Fetch(AptDownload[] batch, ConcurrentBag<string> failures, CancellationToken cancellation)
    {
        var arguments = new List<string> { "download-file" };
        foreach (var file in batch) arguments.AddRange([file.Uri, PartOf(file), $"SHA256:{file.Digest}"]);
        var result = ChildProcess.Run(new ChildCommand("/usr/lib/apt/apt-helper", arguments)
        {
            Environment = state.Environment,
            Timeout = TimeSpan.FromMinutes(30),
            DieWithParent = true,
        }, cancellation);
        foreach (var file in batch)
        {
            var part = PartOf(file);
            if (!File.Exists(part))
            {
                failures.Add($"{file.Location}: {Reason(result, file)}");
                continue;
            }
            var found = store.AddFile(part);
            File.Delete(part);
            if (found != file.Digest) failures.Add($"{file.Location}: its sha256 is {found}, the index says {file.Digest}");
        }
    }

    private string PartOf(AptDownload file) => Path.Combine(directory, file.Digest + ".part");

    private static string Reason(ChildResult result, AptDownload file)
    {
        var lines = result.ErrorText.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var line = Array.Find(lines, l => l.Contains(file.Location, StringComparison.Ordinal)) ?? lines.FirstOrDefault() ?? result.Ending;
        return line.StartsWith("E: ", StringComparison.Ordinal) ? line[3..] : line;
    }
}

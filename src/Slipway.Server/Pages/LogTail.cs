using System.Text;

namespace Slipway.Server.Pages;

/// <summary>The end of a log, as a page shows it.</summary>
internal static class LogTail
{
    /// <summary>The last lines, and where in the file they end.</summary>
    public static (string Text, long End) Read(string path, int bytes)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var end = file.Length;
        var start = Math.Max(0, end - bytes);
        file.Seek(start, SeekOrigin.Begin);
        var block = new byte[end - start];
        var read = file.ReadAtLeast(block, block.Length, throwOnEndOfStream: false);
        var text = Encoding.UTF8.GetString(block, 0, read);
        return (start == 0 ? text : $"[…]\n{text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..]}", start + read);
    }
}
